import type { Route } from './route.ts';
import { aboutItself } from './routes/about.ts';
import { CHANGES } from './routes/changes.ts';
import { LOOKS } from './routes/looks.ts';

/** The whole API. Express' routes and the OpenAPI document are both made from this table, so that they cannot differ. */
export const ROUTES: readonly Route[] = [...LOOKS, ...CHANGES, ...aboutItself(() => ROUTES)];
