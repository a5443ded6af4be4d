import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { allowPage } from './headers.ts';

/**
 * The page at `/`: one HTML file, a style sheet, ES modules and uPlot, all from this machine. Only the files of this
 * list can be asked for, whatever a path looks like. They are read when first asked for, and kept.
 *
 * The modules are TypeScript. A build has them compiled beside this file; from source their types are stripped as Node
 * itself does it, so that no bundler stands between the source and the browser.
 */
export const MODULES = [
  'main',
  'members',
  'cards',
  'charts',
  'clock',
  'commands',
  'confirm',
  'connection',
  'controls',
  'dom',
  'fleet',
  'gauges',
  'picture',
  'refusal',
  'rights',
  'series',
  'session',
  'sign-in',
  'sse',
  'steps',
  'timeline',
  'top',
  'warnings',
  'wishes',
  'words',
] as const;

interface PageFile {
  readonly type: string;
  read(): Promise<string>;
}

const FOLDER = join(import.meta.dirname, 'page');
/** `.ts` from source, `.js` in a build. */
const EXTENSION = import.meta.filename.slice(-3);
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** Answers GET and HEAD for the page's files, and leaves everything else to others. */
export function createPage(): RequestHandler {
  const kept = new Map<PageFile, Promise<{ text: string; tag: string }>>();

  async function load(file: PageFile): Promise<{ text: string; tag: string }> {
    const text = await file.read();
    return { text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
  }

  return async function page(request, response, next) {
    const file = FILES.get(request.path);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
    let loading = kept.get(file);
    if (loading === undefined) {
      kept.set(file, (loading = load(file)));
      // What could not be read once, for want of a file descriptor perhaps, is read again when it is asked for again.
      loading.catch(() => kept.delete(file));
    }
    const { text, tag } = await loading;
    allowPage(request, response, () => {});
    response.set({ 'Cache-Control': 'no-cache', ETag: tag });
    if (request.headers['if-none-match'] === tag) return void response.status(304).end();
    response.set({ 'Content-Type': file.type, 'Content-Length': String(Buffer.byteLength(text)) });
    response.end(text);
  };
}

const FILES: ReadonlyMap<string, PageFile> = new Map([
  ['/', own('index.html', 'text/html; charset=utf-8')],
  ['/page/page.css', own('page.css', CSS)],
  ['/page/uplot.js', library('uPlot.esm.js', JAVASCRIPT)],
  ['/page/uplot.css', library('uPlot.min.css', CSS)],
  ...MODULES.map((name) => [`/page/${name}${EXTENSION}`, moduleFile(name)] as const),
  // The one name that stands in the HTML.
  ['/page/main.js', moduleFile('main')],
]);

function own(name: string, type: string): PageFile {
  return { type, read: () => readFile(join(FOLDER, name), 'utf8') };
}

function library(name: string, type: string): PageFile {
  const { resolve } = createRequire(import.meta.url);
  return { type, read: () => readFile(resolve(`uplot/dist/${name}`), 'utf8') };
}

function moduleFile(name: string): PageFile {
  return {
    type: JAVASCRIPT,
    async read() {
      const text = await readFile(join(FOLDER, `${name}${EXTENSION}`), 'utf8');
      return EXTENSION === '.ts' ? stripped(text) : text;
    },
  };
}

/** Node warns once that this function is experimental, on the standard error of a program that uses it to run at all. */
function stripped(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}
