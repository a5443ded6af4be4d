import type { Recording } from '../model/status.ts';
import type { Log } from './log.ts';

/** Says once when the journal can no longer be written, and once when it can again. Told every beat how it is. */
export function createRecordingNarrator(log: Log): (recording: Recording) => void {
  let wasWritable = true;
  return (recording) => {
    if (recording.writable === wasWritable) return;
    wasWritable = recording.writable;
    if (recording.writable) log.info({}, 'the state directory can be written again');
    else {
      const { error } = recording;
      log.error({ error }, "the state directory cannot be written: the candidate's share may only fall");
    }
  };
}
