/**
 * Reads Server-Sent Events out of text that comes in pieces of any length (the HTML standard, section 9.2.6). The
 * browser's own EventSource cannot send an Authorization header, so the page reads the stream itself.
 */
export interface MessageReader {
  /** The messages that this piece completes. */
  read(piece: string): Message[];
  /** The last id that came; '' for none. */
  lastId(): string;
}

export interface Message {
  readonly event: string;
  readonly text: string;
}

export function createMessageReader(firstId = ''): MessageReader {
  let rest = '';
  let event = '';
  let lines: string[] = [];
  let id = firstId;

  function readLine(line: string): Message | null {
    if (line === '') {
      const message = { event: event === '' ? 'message' : event, text: lines.join('\n') };
      const isEmpty = lines.length === 0;
      event = '';
      lines = [];
      return isEmpty ? null : message;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'data') lines.push(value);
    else if (field === 'id') id = value;
    return null;
  }

  return {
    read(piece) {
      const parts = (rest + piece).split('\n');
      rest = parts.pop() ?? '';
      return parts.map((line) => readLine(line.replace(/\r$/, ''))).filter((message) => message !== null);
    },
    lastId: () => id,
  };
}
