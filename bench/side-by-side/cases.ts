/** One kind of request, asked of every contender. */
export interface Case {
  readonly name: string;
  readonly title: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly requestBytes: number;
  /** Of a file the backend serves; 0 for the small answer it makes itself. */
  readonly answerBytes: number;
}

const KIB = 1024;
const get = { method: 'GET', requestBytes: 0 } as const;

export const CASES: readonly Case[] = [
  { ...get, name: 'small', title: 'small answer', path: '/', answerBytes: 0 },
  { ...get, name: '64k', title: '64 KiB answer', path: '/64k', answerBytes: 64 * KIB },
  { ...get, name: '10m', title: '10 MiB answer', path: '/10m', answerBytes: 10 * KIB * KIB },
  { name: 'post', title: 'POST 16 KiB', method: 'POST', path: '/', requestBytes: 16 * KIB, answerBytes: 0 },
];
