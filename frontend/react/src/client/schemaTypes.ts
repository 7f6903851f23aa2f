import * as z from "zod/v4/core";

/*
 * The types of schema that the generated checks consist of. `zod/mini` builds the same ones, but each with methods that
 * no check needs: they would add 0.8 kB to a host's bundle. The constructors of zod's core are not generic.
 */
type Schema = z.$ZodType;

export const string = () => new z.$ZodString({ type: "string" }) as z.$ZodString<string>;
export const number = () => new z.$ZodNumber({ type: "number", checks: [] }) as z.$ZodNumber<number>;
export const boolean = () => new z.$ZodBoolean({ type: "boolean" }) as z.$ZodBoolean<boolean>;
export const unknown = () => new z.$ZodUnknown({ type: "unknown" });
export const array = <Element extends Schema>(element: Element) =>
  new z.$ZodArray({ type: "array", element }) as z.$ZodArray<Element>;
export const nullable = <Inner extends Schema>(innerType: Inner) =>
  new z.$ZodNullable({ type: "nullable", innerType }) as z.$ZodNullable<Inner>;
export const optional = <Inner extends Schema>(innerType: Inner) =>
  new z.$ZodOptional({ type: "optional", innerType }) as z.$ZodOptional<Inner>;

export const object = <Shape extends z.$ZodShape>(shape: Shape) =>
  new z.$ZodObject({ type: "object", shape }) as z.$ZodObject<Shape, z.$strip>;

/** An object with any keys. Zod's own type also checks the keys (0.5 kB more); in JSON all keys are strings. */
export const record = <Value extends Schema>(_key: Schema, catchall: Value) =>
  new z.$ZodObject({ type: "object", shape: {}, catchall }) as unknown as z.$ZodRecord<z.$ZodString<string>, Value>;

const oneOf = <const Value extends string>(values: readonly Value[]) => {
  const entries = Object.fromEntries(values.map((value) => [value, value]));
  return new z.$ZodEnum({ type: "enum", entries }) as unknown as z.$ZodEnum<{ [Key in Value]: Key }>;
};

export { oneOf as enum };
