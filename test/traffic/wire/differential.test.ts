import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/support/random.ts';
import { answerComplaint } from '../../../fuzz/answers.ts';
import { createMessages } from '../../../fuzz/messages.ts';
import { requestComplaint } from '../../../fuzz/requests.ts';
import { createRig } from '../../../fuzz/rig.ts';

const ROUNDS = 4000;

describe('what passes is read by llhttp as we read it, before and behind', () => {
  it.each([1, 2, 3])('in requests, seed %d', (seed) => {
    const random = seededRandom(seed);
    const next = createMessages(random);
    const begin = createRig();
    let passed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const conversation = next.requests();
      const turn = begin(random() < 0.3, random() < 0.3);
      expect(requestComplaint(conversation, turn, random), JSON.stringify(conversation.text)).toBe('');
      passed += turn.outcomes.length;
    }
    expect(passed).toBeGreaterThan(ROUNDS / 4);
  });

  it.each([4, 5, 6])('in answers, seed %d', (seed) => {
    const random = seededRandom(seed);
    const next = createMessages(random);
    const begin = createRig();
    let passed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const conversation = next.answer();
      const turn = begin(random() < 0.3, random() < 0.3);
      expect(answerComplaint(conversation, turn, random), JSON.stringify(conversation.text)).toBe('');
      if (turn.outcomes[0] === 'answered') passed++;
    }
    expect(passed).toBeGreaterThan(ROUNDS / 4);
  });
});
