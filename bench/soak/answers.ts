import type { Socket } from 'node:net';

/** One answer as it came, or how far it came. */
export interface Read {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** False when the connection ended before its framing did. */
  readonly isWhole: boolean;
}

/**
 * Reads the answers of one connection in order, by length, chunks or end of the connection. Written for checking
 * only: whatever is not plain HTTP is an error, so nothing strange goes unnoticed.
 */
export class AnswerReader {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #chunks: Buffer[] = [];
  #isEnded = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake();
    });
    const end = (): void => {
      this.#isEnded = true;
      this.#wake();
    };
    socket.on('end', end);
    socket.on('close', end);
  }

  /** The next answer; null when the connection ended before its first byte. */
  async next(): Promise<Read | null> {
    let end = -1;
    while ((end = this.#bytes.indexOf('\r\n\r\n')) === -1) {
      if (await this.#more()) continue;
      return this.#bytes.length === 0 ? null : { status: 0, fields: new Map(), body: this.#bytes, isWhole: false };
    }
    const [line, ...lines] = this.#take(end + 4)
      .toString('latin1')
      .trimEnd()
      .split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(line!)?.[1]);
    if (!(status >= 100)) throw new Error(`no status line: ${line}`);
    if (status < 200) return this.next();
    const fields = new Map<string, string>();
    for (const field of lines) {
      const colon = field.indexOf(':');
      const name = field.slice(0, colon).toLowerCase();
      if (fields.has(name) && name !== 'via') throw new Error(`twice: ${field}`);
      fields.set(name, field.slice(colon + 1).trim());
    }
    return { status, fields, ...(await this.#body(fields)) };
  }

  async #body(fields: ReadonlyMap<string, string>): Promise<Pick<Read, 'body' | 'isWhole'>> {
    const length = fields.get('content-length');
    if (fields.get('transfer-encoding') === 'chunked') return this.#chunked();
    if (length !== undefined) {
      const isWhole = await this.#atLeast(Number(length));
      return { body: this.#take(Number(length)), isWhole };
    }
    while (await this.#more());
    return { body: this.#take(this.#bytes.length), isWhole: true };
  }

  async #chunked(): Promise<Pick<Read, 'body' | 'isWhole'>> {
    const content: Buffer[] = [];
    for (;;) {
      let end = -1;
      while ((end = this.#bytes.indexOf('\r\n')) === -1) {
        if (!(await this.#more())) return { body: Buffer.concat(content), isWhole: false };
      }
      const line = this.#take(end + 2)
        .toString('latin1')
        .trimEnd();
      if (!/^[\da-f]+$/i.test(line)) throw new Error(`no chunk line: ${line.slice(0, 80)}`);
      const size = Number.parseInt(line, 16);
      const isWhole = await this.#atLeast(size + 2);
      content.push(this.#take(isWhole ? size : Math.min(size, this.#bytes.length)));
      if (!isWhole) return { body: Buffer.concat(content), isWhole: false };
      if (this.#take(2).toString() !== '\r\n') throw new Error('a chunk does not end');
      if (size === 0) return { body: Buffer.concat(content), isWhole: true };
    }
  }

  async #atLeast(count: number): Promise<boolean> {
    while (this.#length() < count) if (!(await this.#arrival())) break;
    this.#gather();
    return this.#bytes.length >= count;
  }

  async #more(): Promise<boolean> {
    if (this.#chunks.length === 0 && !(await this.#arrival())) return false;
    this.#gather();
    return true;
  }

  /** False when the connection has ended and nothing new has come. */
  async #arrival(): Promise<boolean> {
    const before = this.#chunks.length;
    while (this.#chunks.length === before && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#chunks.length > before;
  }

  #length(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, this.#bytes.length);
  }

  #gather(): void {
    this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks]);
    this.#chunks = [];
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  get isEnded(): boolean {
    return this.#isEnded || this.#socket.destroyed;
  }
}
