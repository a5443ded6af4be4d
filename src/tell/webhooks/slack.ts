import type { Notice } from '../../model/notice.ts';
import { wordingOf } from './wording.ts';

/**
 * A message for Slack's incoming webhooks. Three characters open everything dangerous there (links under false names,
 * `<!channel>`) and are replaced as Slack asks. There is no escape for the marks of formatting, so what
 * others wrote stands in code blocks, where they mean nothing and where only a backtick could lead out.
 * Source: docs.slack.dev, "Formatting message text", "Escaping text".
 */
export function slackOf(notice: Notice): object {
  const { title, isAlarming, facts, details } = wordingOf(notice);
  const [first = ''] = details;
  return {
    // Shown in notifications and where blocks are not; without formatting.
    text: escaped(`${title}: ${first}`),
    mrkdwn: false,
    blocks: [
      {
        type: 'header',
        text: { type: 'plain_text', text: headerOf(`${isAlarming ? '⚠ ' : ''}${title}`), emoji: false },
      },
      ...details.map((detail) => section(code(detail))),
      {
        type: 'section',
        fields: facts.map(([label, value]) => ({ type: 'mrkdwn', text: `*${label}*\n${code(value)}`, verbatim: true })),
      },
    ],
  };
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });

const code = (text: string): string => `\`\`\`${escaped(text).replaceAll('`', 'ˋ')}\`\`\``;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A header of more characters would refuse the whole message; names of services and versions rarely have so many. */
const LONGEST_HEADER = 150;

function headerOf(title: string): string {
  const text = escaped(title);
  return text.length <= LONGEST_HEADER ? text : title.replaceAll(/[&<>]/g, ' ').slice(0, LONGEST_HEADER);
}
