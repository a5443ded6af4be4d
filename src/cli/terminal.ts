import { styleText } from 'node:util';
import type { Environment, Paint, Terminal, Tone } from './output.ts';
import { isColourful, UNPAINTED } from './output.ts';

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  bold: 'bold',
  dim: 'dim',
  green: ['bold', 'green'],
  red: ['bold', 'red'],
  yellow: ['bold', 'yellow'],
  alarm: ['bold', 'inverse', 'red'],
};

// Whether to paint is decided before this is chosen.
const paint: Paint = (tone, text) => styleText(STYLES[tone], text, { validateStream: false });

const COLUMNS = 80;
const ROWS = 24;

/** The process's own standard output and error, as a verb sees them. */
export function createTerminal(environment: Environment): Terminal {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    isTerminal: stdout.isTTY,
    columns: () => stdout.columns || COLUMNS,
    rows: () => stdout.rows || ROWS,
    paint: isColourful(environment, stdout.isTTY) ? paint : UNPAINTED,
  };
}
