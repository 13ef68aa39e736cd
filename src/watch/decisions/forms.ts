/** Whether a value that was read as JSON has a form. Pure. */

export type Form = (value: unknown) => boolean

export const text: Form = value => typeof value === 'string'
export const number: Form = value => typeof value === 'number'
export const truth: Form = value => typeof value === 'boolean'

export function oneOf(...words: readonly string[]): Form {
  return value => typeof value === 'string' && words.includes(value)
}

/** It may be missing. */
export function maybe(form: Form): Form {
  return value => value === undefined || form(value)
}

export function list(form: Form): Form {
  return value => Array.isArray(value) && value.every(form)
}

/** Other keys do not matter. */
export function record(forms: Readonly<Record<string, Form>>): Form {
  return value => isRecord(value) && Object.entries(forms).every(([key, form]) => form(value[key]))
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
