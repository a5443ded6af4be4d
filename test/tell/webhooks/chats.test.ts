import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../../src/tell/webhooks/body.ts';
import { NOTICE } from './fixtures.ts';

const EVIL =
  'see <https://evil.example|the report>, <!channel> & *bold* _it_ ~gone~ ```out``` [click](https://evil.example)';
const hostile = { ...NOTICE, reasons: [], reason: EVIL, actor: '<@U1> `x`' };

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly fields?: readonly { readonly type: string; readonly text: string }[];
}
interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

const slack = (notice = NOTICE) => bodyOf(notice, 'slack') as SlackMessage;
const textsOf = ({ text, blocks }: SlackMessage) => [
  text,
  ...blocks.flatMap((block) => [
    ...(block.text ? [block.text.text] : []),
    ...(block.fields ?? []).map((field) => field.text),
  ]),
];

describe('a message for Slack', () => {
  it('says in its fallback what happened and why', () => {
    expect(slack().text).toBe(
      'checkout: v1.3.0 was rolled back, v1.2.3 serves everything: candidate failures 7.2 % &gt; 0.5 %',
    );
    expect(slack().blocks[0]).toMatchObject({ type: 'header', text: { type: 'plain_text' } });
  });

  it('says of the breaker why automation stopped and what lets it go on, before what the last rollback was for', () => {
    const frozen = { ...NOTICE, event: 'breaker', reason: '3 automatic rollbacks within 1 h' } as const;
    const { text, blocks } = slack(frozen);
    expect(text).toBe('checkout: too many rollbacks, automation is frozen: 3 automatic rollbacks within 1 h');
    expect(blocks.slice(1, 4).map((block) => block.text?.text)).toEqual([
      '```3 automatic rollbacks within 1 h```',
      '```a person lets it go on: weir automation on --reason TEXT```',
      `\`\`\`${NOTICE.reasons[0]!.text.replaceAll('>', '&gt;')}\`\`\``,
    ]);
  });

  it('leaves nothing foreign that Slack would read: no link, no mention, no way out of a code block', () => {
    const texts = textsOf(slack(hostile));
    for (const text of texts) expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    const [, , detail] = texts;
    expect(detail!.startsWith('```') && detail!.endsWith('```')).toBe(true);
    expect(detail!.slice(3, -3)).not.toContain('`');
    expect(texts.find((text) => text.startsWith('*By*'))).toBe('*By*\n```&lt;@U1&gt; ˋxˋ```');
  });

  it('stays within what Slack takes: 50 blocks, 10 fields, 3000 characters a text, 150 a header', () => {
    const long = {
      ...NOTICE,
      event: 'config-refused' as const,
      service: '&'.repeat(900),
      mistakes: Array.from({ length: 20 }, () => '<'.repeat(1000)),
    };
    const { blocks, ...rest } = slack(long);
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { text, fields = [] } of blocks) {
      expect(fields.length).toBeLessThanOrEqual(10);
      expect(text?.text.length ?? 0).toBeLessThanOrEqual(text?.type === 'plain_text' ? 150 : 3000);
    }
    expect(rest).toMatchObject({ mrkdwn: false });
  });
});

describe('a message for Teams', () => {
  const card = (notice = NOTICE) => bodyOf(notice, 'teams') as { attachments: { content: { body: object[] } }[] };

  it('is an Adaptive Card in the envelope that a workflow takes', () => {
    expect(card()).toMatchObject({
      type: 'message',
      attachments: [
        { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard', version: '1.4' } },
      ],
    });
    expect(JSON.stringify(card())).toContain('candidate failures 7.2 % > 0.5 %');
  });

  it('puts what others wrote into text runs alone, which read no Markdown', () => {
    const [{ content }] = card(hostile).attachments as [
      { content: { body: { type: string; inlines: { type: string }[] }[] } },
    ];
    expect(new Set(content.body.map(({ type }) => type))).toEqual(new Set(['RichTextBlock']));
    expect(new Set(content.body.flatMap(({ inlines }) => inlines.map(({ type }) => type)))).toEqual(
      new Set(['TextRun']),
    );
    expect(JSON.stringify(content)).toContain('[click](https://evil.example)');
  });
});

describe('a body of our own', () => {
  it('is the notice with the number of its form', () => {
    expect(bodyOf(NOTICE, 'json')).toEqual({ format: 1, ...NOTICE });
  });
});
