import type { Notice, NoticeFormat } from '../../model/notice.ts';
import { slackOf } from './slack.ts';
import { teamsOf } from './teams.ts';

/** The number rises when a receiver would have to change. */
const BODY_FORMAT = 1;

/** What is sent to a receiver, as JSON. */
export function bodyOf(notice: Notice, format: NoticeFormat): object {
  switch (format) {
    case 'json':
      return { format: BODY_FORMAT, ...notice };
    case 'slack':
      return slackOf(notice);
    case 'teams':
      return teamsOf(notice);
  }
}
