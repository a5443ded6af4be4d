import { describe, expect, it } from 'vitest';
import { follow } from '../hosts/walkthrough.ts';
import { isInstalled } from '../installed.ts';
import { sectionOf } from '../markdown.ts';
import { textOf } from './pages.ts';

const faq = textOf('docs/faq.md');
const shellOf = (section: string): string => /```sh\n([\s\S]*?)```/.exec(section)![1]!;
/** Two upstreams, and Weir in front. */
const scene = shellOf(sectionOf(textOf('docs/api.md'), 'By example'));

describe.skipIf(!isInstalled('curl'))('the commands of docs/faq.md', () => {
  it('do what they are told for, against a real sidecar', async () => {
    const script = [
      scene,
      'export WEIR_ADMIN=http://127.0.0.1:9901 NO_COLOR=1',
      'phase() { curl -s $WEIR_ADMIN/v1/status | grep -oE \'"(phase|stable)":("[^"]*"|\\{"version":"[^"]*")\' | head -2 | tr "\\n" " "; echo; }',
      quiet(shellOf(sectionOf(faq, 'Blue-green\\?'))),
      'phase',
      'weir start v1.4.0 --url http://127.0.0.1:3001 > /dev/null && weir rollback > /dev/null',
      quiet(
        shellOf(sectionOf(faq, 'The same version was rolled back by mistake. How do I try it again\\?')).replace(
          'v1.3.0',
          'v1.4.0',
        ),
      ),
      'phase',
      quiet(
        shellOf(sectionOf(faq, 'It rolled back. Was that a false alarm\\?')).replace(
          'weir explain --state ./state',
          '',
        ),
      ),
      `${shellOf(sectionOf(faq, 'We have one request a minute. Does this work\\?')).trim()} | grep -c 'false'`,
    ].join('\n');
    const [switched, again, explained] = await follow(script, [3000, 3001, 8080, 9901, 9902]);
    expect(switched).toContain('"stable":{"version":"v1.2.3"');
    expect(again).toContain('"phase":"shifting"');
    expect(Number(explained)).toBeGreaterThan(0);
  });
});

/** What the commands print is for people. */
const quiet = (script: string): string => `{\n${script}\n} > /dev/null`;
