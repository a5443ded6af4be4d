import { InvalidArgumentError } from 'commander';

/** Fields that every log line bears, such as the name of the pod. */
export type Labels = Readonly<Record<string, string>>;

const LABEL = /^([a-z][a-zA-Z0-9_]{0,62})=(.*)$/s;
/** Fields that log lines have of their own. */
const TAKEN = ['level', 'time', 'service', 'msg', 'error', 'err'];

/** One more `--label name=value`, added to those before it. */
export function parseLabel(text: string, before: Labels): Labels {
  const [, name, value] = LABEL.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError(`expected name=value, like pod=checkout-7d9f, got "${text}"`);
  }
  if (TAKEN.includes(name)) throw new InvalidArgumentError(`"${name}" is a field of its own in every log line`);
  return { ...before, [name]: value };
}
