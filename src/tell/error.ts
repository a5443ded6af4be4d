/** An error as it may be written down. */
export interface ErrorRecord {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorRecord;
}

const MAX_CAUSES = 5;

/**
 * The fields of an error that people need, and no others: an HTTP client's errors carry the whole
 * request with them, credentials included.
 */
export function errorOf(error: unknown, causes = 0): ErrorRecord {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: name,
    message,
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && causes < MAX_CAUSES && { cause: errorOf(cause, causes + 1) }),
  };
}
