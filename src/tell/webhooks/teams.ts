import type { Notice } from '../../model/notice.ts';
import { wordingOf } from './wording.ts';

/**
 * A message for Microsoft Teams: an Adaptive Card in the envelope that the workflow "When a Teams webhook request is
 * received" takes (the connectors of Office 365 and their MessageCard are retired). Text blocks and facts would read Markdown, links
 * included, so everything stands in text runs, which read none.
 * Source: adaptivecards.io, "TextRun"; learn.microsoft.com, "Create incoming webhooks with Workflows".
 */
export function teamsOf(notice: Notice): object {
  const { title, isAlarming, facts, details } = wordingOf(notice);
  const color = isAlarming ? 'attention' : 'good';
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: title,
    body: [
      line([run(title, { weight: 'bolder', size: 'large', color })]),
      ...details.map((detail) => line([run(detail)])),
      ...facts.map(([label, value]) => line([run(`${label}: `, { weight: 'bolder' }), run(value)])),
    ],
    msteams: { width: 'Full' },
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

const line = (inlines: readonly object[]) => ({ type: 'RichTextBlock', inlines });

const run = (text: string, style: object = {}) => ({ type: 'TextRun', text, ...style });
