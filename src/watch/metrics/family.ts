/** Metrics as plain data, in the shape that prom-client adds up and writes, so that several processes can send theirs to one. */

/** `metricName`: where it is not the family's own, as in the lines of a histogram. */
export type Sample = {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly metricName?: string
}

/** All lines of one name. `aggregator`: what several processes' values come to. */
export type Family = {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly aggregator: 'sum' | 'min' | 'max'
  readonly values: readonly Sample[]
}

/** A counter without labels, or with a line for each of several. */
export function counter(name: string, help: string, values: number | readonly Sample[]): Family {
  return { name, help, type: 'counter', aggregator: 'sum', values: samples(values) }
}

export function gauge(
  name: string,
  help: string,
  values: number | readonly Sample[],
  aggregator: Family['aggregator'] = 'sum',
): Family {
  return { name, help, type: 'gauge', aggregator, values: samples(values) }
}

function samples(values: number | readonly Sample[]): readonly Sample[] {
  return typeof values === 'number' ? [{ labels: {}, value: values }] : values
}
