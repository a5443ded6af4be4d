import { documentOf } from '../src/admin/openapi/document.ts';
import { MEANINGS } from '../src/admin/openapi/meanings.ts';
import type { ProblemCode } from '../src/admin/problems.ts';
import { PROBLEMS } from '../src/admin/problems.ts';
import type { Route } from '../src/admin/route.ts';
import { problemsOf } from '../src/admin/route.ts';
import { ROUTES } from '../src/admin/routes.ts';
import { code, tableOf } from './markdown.ts';
import type { Schema } from './json-schema.ts';
import { fieldRowsOf } from './json-schema.ts';

/** The API's reference: from the table of routes, and from the document that `/openapi.json` answers. */
interface Document {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

const FIELDS = ['key', 'type', 'meaning'];
const document = JSON.parse(documentOf(ROUTES, '')) as Document;

/** Problems that every route may give, and those that every change may. */
const everywhere = new Set(problemsOf({ problems: [] }));
const changes = ROUTES.filter(({ body }) => body !== undefined).map((route) => new Set(problemsOf(route)));
const ofEveryChange = new Set(
  [...changes[0]!].filter((one) => changes.every((all) => all.has(one)) && !everywhere.has(one)),
);

const requestOf = (operation: string): Schema =>
  document.components.schemas[`${operation[0]!.toUpperCase()}${operation.slice(1)}Request`]!;
/** What every change may bring: the reason, and force. */
const commonRows = fieldRowsOf(requestOf('pauseRollout'));

export function apiText(): string {
  return [
    '## Operations',
    `Every route may also answer ${codesText([...everywhere])}.`,
    `Every change takes \`If-Match\` and, in its body, these two, and answers with the new status:`,
    tableOf(FIELDS, commonRows),
    `It may also answer ${codesText([...ofEveryChange])}.`,
    ...document.tags.flatMap(({ name, description }) => [
      `### ${description}`,
      ...ROUTES.filter(({ tag }) => tag === name).map(operationText),
    ]),
    '## What is answered',
    ...answerTexts(),
    '## Problems',
    tableOf(
      ['status', 'code', 'means', 'what to do'],
      Object.entries(PROBLEMS).map(([name, { status }]) => [
        String(status),
        code(name),
        ...MEANINGS[name as ProblemCode],
      ]),
    ),
  ].join('\n\n');
}

function operationText(route: Route): string {
  const { method, path, role, summary, description, examples = {}, answer } = route;
  const { parameters = [], responses } = document.paths[path]![method]!;
  const own = parameters.filter(({ name }) => name !== 'If-Match');
  const special = problemsOf(route).filter((one) => !everywhere.has(one) && !(route.body && ofEveryChange.has(one)));
  return [
    `#### ${method.toUpperCase()} ${path}`,
    `${summary}. ${description ?? ''}`.trim(),
    `Role: \`${role}\`. Answer: 200, \`${answer}\`: ${responses['200']!.description}${special.length === 0 ? '' : ` Also ${codesText(special)}.`}`,
    ...(own.length === 0 ? [] : [tableOf(['parameter', 'in', 'type', 'meaning'], own.map(parameterRow))]),
    ...bodyTexts(route),
    ...Object.entries(examples).map(([title, body]) => `${title}:\n\n\`\`\`json\n${JSON.stringify(body)}\n\`\`\``),
  ].join('\n\n');
}

function parameterRow({ name, in: place, schema, description }: Parameter): string[] {
  const [[, type = '', meaning = ''] = []] = fieldRowsOf({ type: 'object', properties: { [name]: schema } });
  return [code(name), place, type, description ?? meaning];
}

/** Without the keys that every change has. */
function bodyTexts(route: Route): string[] {
  if (route.body === undefined) return [];
  const { operation, needsBody = false } = route;
  const schema = requestOf(operation);
  const rows = fieldRowsOf(schema).filter(([key]) => !commonRows.some(([common]) => common === key));
  const told = needsBody ? 'The body:' : 'The body may be empty.';
  return rows.length === 0 ? [told] : [told, tableOf(FIELDS, rows)];
}

/** Schemas that have a name, in the order of the document, without those of requests and of the document itself. */
function answerTexts(): string[] {
  return Object.entries(document.components.schemas)
    .filter(([name]) => !name.endsWith('Request') && name !== 'Document')
    .flatMap(([name, schema]) => [
      `### ${name}`,
      ...(schema.description ? [schema.description] : []),
      tableOf(FIELDS, fieldRowsOf(schema)),
    ]);
}

function codesText(codes: readonly ProblemCode[]): string {
  const byStatus = Map.groupBy(codes, (one) => PROBLEMS[one].status);
  return [...byStatus].map(([status, ones]) => `${status} ${ones.map(code).join(' ')}`).join(', ');
}
