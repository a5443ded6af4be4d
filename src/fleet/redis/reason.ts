const MOST_CHARACTERS = 200;

/** Why the store could not be asked, as a person may read it: one short line, and none of these secrets in it. */
export function reasonOf(error: unknown, secrets: readonly string[]): string {
  const text = secrets.reduce((said, secret) => said.replaceAll(secret, '***'), wordsOf(error));
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}

/** A host with several addresses fails once for each, and the whole says nothing. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return wordsOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : error.name;
  return error.message === '' ? code : error.message;
}
