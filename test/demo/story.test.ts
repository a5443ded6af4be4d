import { describe, expect, it } from 'vitest';
import { count, seconds } from '../../src/demo/phrase.ts';
import { progressLine } from '../../src/demo/progress.ts';
import { createStory } from '../../src/demo/story.ts';

function storyOn({ isTerminal, columns = 80 }: { isTerminal: boolean; columns?: number }) {
  const written: string[] = [];
  const time = { nowMs: 0 };
  const clock = { monotonicMs: () => time.nowMs, wallMs: () => 0 };
  const write = (text: string) => void written.push(text);
  const story = createStory({ write, isTerminal, columns: () => columns, paint: (_, text) => text, clock });
  return { story, time, text: () => written.join('') };
}

describe('the story', () => {
  it('shows at most a line a second on a pipe, and no control characters', () => {
    const { story, time, text } = storyOn({ isTerminal: false });
    for (time.nowMs = 0; time.nowMs < 3000; time.nowMs += 250) story.show(`at ${time.nowMs}`);
    story.say('said');
    story.clear();
    expect(text()).toBe('at 0\nat 1000\nat 2000\nsaid\n');
  });

  it('replaces what it shows on a terminal, and keeps what it says above it', () => {
    const { story, text } = storyOn({ isTerminal: true });
    story.show('one');
    story.show('two');
    story.say('said');
    const screen = text()
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\u001b[2K') + 1).replace('[2K', ''));
    expect(screen).toEqual(['said', 'two']);
  });

  it('never shows more than fits on one line of the terminal', () => {
    const { story, text } = storyOn({ isTerminal: true, columns: 30 });
    story.show('x'.repeat(200));
    expect(text().match(/x+/)![0]).toHaveLength(29);
  });

  it('tells the traffic between two looks', () => {
    const before = { sent: 300, answers: new Map([['v1.2.3', 270]]), failures: 1 };
    const answers = new Map([
      ['v1.2.3', 1540],
      ['v1.3.0', 30],
    ]);
    expect(progressLine(before, { sent: 1600, answers, failures: 4 })).toBe(
      'in the last second: sent 1,300, answered by v1.2.3 1,270, v1.3.0 30, failed 3',
    );
  });

  it('groups the digits of counts and rounds seconds', () => {
    expect([0, 999, 1000, 1_234_567].map(count)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([seconds(616), seconds(10_000, 0)]).toEqual(['0.62 s', '10 s']);
  });
});
