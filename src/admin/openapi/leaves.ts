import { z } from 'zod';

/** What the schemas of the answers are made of. */
export const text = (description: string) => z.string().meta({ description });

export const flag = (description: string) => z.boolean().meta({ description });

/** Not JSON's own "date-time" by pattern: what a machine reads as one. */
export const timestamp = (description: string) =>
  z.iso.datetime().meta({ description, examples: ['2026-11-20T12:00:00.000Z'] });

export const count = (description: string) => z.int().min(0).meta({ description });

export const milliseconds = (description: string) => z.number().min(0).meta({ description });

export const percent = (description: string) =>
  z
    .number()
    .min(0)
    .max(100)
    .meta({ description, examples: [5] });

/** What may be null, said so that a reference to another schema may be null too. */
export const orNull = <T extends z.ZodType>(schema: T, description: string) =>
  z.union([schema, z.null()]).meta({ description });

/** One for each side. */
export const bySide = <T extends z.ZodType>(schema: T) => z.strictObject({ stable: schema, candidate: schema });

/** The keys of an object, as a list that knows it has a first. */
export const keys = <T extends object>(of: T) => Object.keys(of) as [keyof T & string, ...(keyof T & string)[]];
