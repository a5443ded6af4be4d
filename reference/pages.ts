import { apiText } from './api.ts';
import { configurationText } from './configuration.ts';
import { metricsText } from './metrics.ts';

/** The pages that come from the code in part, and what that part says. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationText,
  'docs/api.md': apiText,
  'docs/metrics.md': metricsText,
};
