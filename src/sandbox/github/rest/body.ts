import { invalidRequest } from '../errors.ts';

/** Readers of request bodies: they give the value as its type, or refuse it in GitHub's words. */

type Body = Record<string, unknown>;

const wrong = (key: string, value: unknown, type: string) =>
  invalidRequest(`For 'properties/${key}', ${JSON.stringify(value)?.slice(0, 80)} is not ${type}.`);

/** Counted as GitHub counts: by code point. */
export const limitText = (text: string, limit: number): void => {
  if (text.length <= limit) return;
  const length = [...text].length;
  if (length > limit) throw invalidRequest(`Only ${limit} characters are allowed; ${length} were supplied.`);
};

export const optionalText = (body: Body, key: string, limit?: number): string | undefined => {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrong(key, value, 'a string');
  if (limit !== undefined) limitText(value, limit);
  return value;
};

export const requiredText = (body: Body, key: string, limit?: number): string => {
  const value = optionalText(body, key, limit);
  if (value === undefined) throw invalidRequest(`"${key}" wasn't supplied.`);
  return value;
};

export const optionalFlag = (body: Body, key: string): boolean | undefined => {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw wrong(key, value, 'a boolean');
  return value;
};

export const optionalInteger = (body: Body, key: string): number | undefined => {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value)) throw wrong(key, value, 'an integer');
  return value as number;
};

export const requiredInteger = (body: Body, key: string): number => {
  const value = optionalInteger(body, key);
  if (value === undefined) throw invalidRequest(`"${key}" wasn't supplied.`);
  return value;
};

export const optionalOneOf = <const T extends string>(body: Body, key: string, values: readonly T[]): T | undefined => {
  const value = optionalText(body, key);
  if (value === undefined) return undefined;
  if (!values.includes(value as T))
    throw invalidRequest(`${value} is not a member of [${values.map((one) => `"${one}"`).join(', ')}].`);
  return value as T;
};

export const optionalList = (body: Body, key: string, limit?: number): unknown[] | undefined => {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw wrong(key, value, 'an array');
  if (limit !== undefined && value.length > limit)
    throw invalidRequest(`No more than ${limit} items are allowed; ${value.length} were supplied.`);
  return value;
};

export const optionalObject = (body: Body, key: string): Body | undefined => {
  const value = body[key];
  return value === undefined || value === null ? undefined : asObject(value, key);
};

export const asObject = (value: unknown, key: string): Body => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(key, value, 'an object');
  return value as Body;
};

export const optionalDate = (body: Body, key: string): Date | undefined => {
  const value = optionalText(body, key);
  if (value === undefined) return undefined;
  const date = new Date(value);
  if (Number.isNaN(date.getTime()) || !/^\d{4}-\d\d-\d\dT/.test(value)) throw wrong(key, value, 'a valid "date-time"');
  return date;
};
