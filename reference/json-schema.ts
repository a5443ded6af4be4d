/** JSON Schema as rows of a table, as far as the OpenAPI document uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

/** A closed set that is longer is told elsewhere. */
const MANY = 25;

/** Key, type and meaning of every field, those of inner objects by their path. */
export function fieldRowsOf(schema: Schema, prefix = ''): string[][] {
  const { properties = {}, additionalProperties: others } = schema;
  const rows = Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const isOptional = !(schema.required ?? []).includes(name);
    const own = [`\`${path}\``, `${typeOf(field)}${isOptional ? ', optional' : ''}`, field.description ?? ''];
    const inner = field.type === 'array' ? field.items : field;
    return [own, ...(inner === undefined ? [] : fieldRowsOf(inner, `${path}.`))];
  });
  if (typeof others !== 'object') return rows;
  return [...rows, [`any other key`, typeOf(others), others.description ?? '']];
}

function typeOf(schema: Schema): string {
  const { $ref, anyOf, oneOf, items, type, minimum, maximum, format } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  const several = anyOf ?? oneOf;
  if (several !== undefined) return several.map(typeOf).join(' or ');
  if (schema.enum !== undefined && schema.enum.length > MANY) return `one of ${schema.enum.length} words`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' ');
  if (type === 'array') return `list of ${items === undefined ? 'anything' : typeOf(items)}`;
  const bounds = minimum !== undefined && maximum !== undefined ? ` ${minimum} to ${maximum}` : '';
  return `${type === undefined ? 'anything' : [type].flat().join(' or ')}${bounds}${format === undefined ? '' : ` (${format})`}`;
}
