import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A file that lines are appended to, opened anew for each. Weir logs decisions, not requests, so that
 * costs nothing, a rotated file needs no signal, and a disk that has room again is used again.
 * @param report called with the first error of each spell in which the file cannot be written.
 */
export function createLogFile(file: string, report: (error: unknown) => void): { write(line: string): void } {
  let isBroken = false;

  function attempt(write: () => void): void {
    try {
      write();
      isBroken = false;
    } catch (error) {
      if (isBroken) return;
      // First, because reporting comes back here as another line.
      isBroken = true;
      report(error);
    }
  }

  attempt(() => {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, '', { mode: 0o640 });
  });
  return { write: (line) => attempt(() => appendFileSync(file, line, { mode: 0o640 })) };
}
