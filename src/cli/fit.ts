/** Our own paint; every other escape has been taken out before. */
const ESCAPE = '\u001b';
const PAINT = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');
const PAINT_OR_LETTER = new RegExp(`${PAINT.source}|[^${ESCAPE}]`, 'gu');
const RESET = `${ESCAPE}[0m`;

/** Letters that take two columns: those of East Asia, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Marks that stand on the letter before them, and what cannot be seen. */
const WITHOUT_WIDTH = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** How many columns a painted text takes, as terminals count them. Source: Unicode Standard Annex 11. */
export function visibleLength(text: string): number {
  const bare = text.replaceAll(PAINT, '');
  if (isAscii(bare)) return bare.length;
  let columns = 0;
  for (const letter of bare) columns += widthOf(letter);
  return columns;
}

const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);

function widthOf(letter: string): number {
  if (WITHOUT_WIDTH.test(letter)) return 0;
  return WIDE.test(letter) ? 2 : 1;
}

/** A painted line that takes at most so many columns, so that no terminal breaks it in two. */
export function fit(line: string, columns: number): string {
  if (visibleLength(line) <= columns) return line;
  let room = columns - 1;
  let fitted = '';
  for (const [part] of line.matchAll(PAINT_OR_LETTER)) {
    const isPaint = part.startsWith(ESCAPE);
    const width = isPaint ? 0 : widthOf(part);
    if (width > room) break;
    room -= width;
    fitted += part;
  }
  return `${fitted}…${line.includes(ESCAPE) ? RESET : ''}`;
}

/** A name that takes at most so many columns: what tells versions apart stands at their beginning and at their end. */
export function squeeze(name: string, columns: number): string {
  if (name.length <= columns) return name;
  const tail = Math.floor((columns - 1) / 2);
  return `${name.slice(0, columns - 1 - tail)}…${name.slice(-tail)}`;
}

/** A painted line as lines of at most so many columns, broken between words; those after the first are set in. */
export function wrap(line: string, columns: number, setIn: string): string[] {
  // Also for its time: where any number of columns will do, each word would be measured with all before it.
  if (visibleLength(line) <= columns) return [line.trimEnd()];
  const lines: string[] = [];
  let present = '';
  for (const [word] of line.matchAll(/ *[^ ]+/g)) {
    if (present.trim() !== '' && visibleLength(present) + visibleLength(word) > columns) {
      lines.push(present);
      present = setIn + word.trimStart();
    } else present += word;
  }
  return [...lines, present];
}
