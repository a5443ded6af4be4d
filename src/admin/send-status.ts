import type { Response } from 'express';
import type { Snapshot } from '../model/status.ts';
import { send } from './answer.ts';
import { statusOf } from './views.ts';

/** The status, with its revision as ETag: what a conditional change refers to. */
export function sendStatus(response: Response, snapshot: Snapshot): void {
  response.set('ETag', `"${snapshot.rollout.revision}"`);
  send(response, statusOf(snapshot));
}
