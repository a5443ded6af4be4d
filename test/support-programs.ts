import { describe, it } from 'vitest';
import { isInstalled } from './installed.ts';

/**
 * A suite that needs a program from outside. Where it is missing the suite is skipped and says how to
 * install it; under CI that is a failure instead, because a check that silently stops checking is worse
 * than none.
 */
export function describeWith(program: string, install: string, name: string, body: () => void): void {
  if (isInstalled(program)) {
    describe(name, body);
    return;
  }
  const reason = `${program} is not installed; to run this: ${install}`;
  if (process.env['CI'] === 'true') {
    it(`${name}: needs ${program}`, () => {
      throw new Error(reason);
    });
    return;
  }
  console.warn(`SKIPPED "${name}": ${reason}`);
  describe.skip(`${name} [${reason}]`, body);
}
