import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { readConfig } from '../../src/config/load.ts';
import { parseDuration } from '../../src/support/units.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';
import { describeWith } from '../support-programs.ts';

const root = resolve(import.meta.dirname, '../..');
const unit = readFileSync(join(root, 'systemd/weir.service'), 'utf8');
const valueOf = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';

describeWith('systemd-analyze', 'apt-get install systemd', 'the unit', () => {
  /** The unit with programs that are here, because the check asks whether they can be executed. */
  function unitHere(): string {
    const file = join(temporaryDirectory(), 'weir.service');
    writeFileSync(file, unit.replaceAll('/usr/bin/node', process.execPath).replaceAll('/bin/kill', process.execPath));
    return file;
  }
  const analyze = (...args: string[]): string =>
    execFileSync('systemd-analyze', args, { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } });

  it('is one that systemd understands', () => {
    expect(analyze('verify', '--man=no', unitHere())).toBe('');
  });

  it('leaves little exposed', () => {
    const text = analyze('security', '--offline=true', '--no-pager', unitHere());
    const [, exposure] = /Overall exposure level for \S+: (\d+\.\d)/.exec(text) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(1.5);
  });

  it('starts Weir with the flags of npm start', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
    const [, flags] = /node (--.*) src\/main\.ts/.exec(scripts.start) ?? [];
    expect(valueOf('ExecStart')).toContain(` ${flags} /`);
  });

  it('tries a bad configuration once: only the exit code of serve itself can keep systemd from starting it again', () => {
    expect(valueOf('RestartPreventExitStatus')).toBe(`${EXIT.usage} ${EXIT.badConfiguration}`);
    expect(valueOf('ExecStartPre')).toBe('');
  });

  it('waits longer than Weir drains', () => {
    const minimal = 'service: a\nstable: { version: v1, url: http://127.0.0.1:1 }\n';
    const result = readConfig(minimal, '');
    if ('mistakes' in result) throw new Error(JSON.stringify(result.mistakes));
    const patience = parseDuration(valueOf('TimeoutStopSec'));
    expect('value' in patience && patience.value > result.config.timeouts.drainMs + 5000).toBe(true);
  });
});
