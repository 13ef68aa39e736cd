/** Reads Prometheus' text format 0.0.4 as strictly as promtool would, and knows what belongs to each type. */

export type Metric = {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** By `name{label="value"}` as written. */
  readonly samples: ReadonlyMap<string, Sample>
}

export type Sample = { readonly name: string; readonly labels: ReadonlyMap<string, string>; readonly value: number }

const word = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const help = new RegExp(`^# HELP (${word}) (\\S.*)$`)
const type = new RegExp(`^# TYPE (${word}) (counter|gauge|histogram)$`)
const line = new RegExp(`^((${word})(?:\\{(.+)\\})?) (\\S+)$`)
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y

/** Throws at the first line that is wrong. */
export function readMetrics(text: string): ReadonlyMap<string, Metric> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const metrics = new Map<string, Metric>()
  const lines = text.split('\n').filter(one => one !== '')
  for (let at = 0; at < lines.length;) {
    const [, name = '', words = ''] = help.exec(lines[at] ?? '') ?? wrong(lines[at])
    const [, typed, kind] = type.exec(lines[at + 1] ?? '') ?? wrong(lines[at + 1])
    if (typed !== name || metrics.has(name)) wrong(lines[at + 1])
    const samples = new Map<string, Sample>()
    for (at += 2; at < lines.length && !lines[at]?.startsWith('#'); at += 1) {
      const sample = readSample(lines[at] ?? '')
      const key = lines[at]?.slice(0, lines[at]?.lastIndexOf(' ')) ?? ''
      if (samples.has(key)) wrong(lines[at])
      samples.set(key, sample)
    }
    const metric = { type: kind as Metric['type'], help: words, samples }
    checkType(name, metric)
    metrics.set(name, metric)
  }
  return metrics
}

function readSample(text: string): Sample {
  const [, , name = '', inside, number = ''] = line.exec(text) ?? wrong(text)
  if (!/^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/.test(number)) wrong(text)
  const labels = new Map<string, string>()
  label.lastIndex = 0
  for (let read = 0; inside !== undefined && read < inside.length; read = label.lastIndex) {
    const [, key = '', value = ''] = label.exec(inside) ?? wrong(text)
    if (labels.has(key) || key.startsWith('__')) wrong(text)
    labels.set(
      key,
      value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    )
  }
  return { name, labels, value: number.endsWith('Inf') ? Infinity : Number(number) }
}

/** Names and units as Prometheus' conventions have them; histograms that add up. */
function checkType(name: string, { type: kind, samples }: Metric): void {
  if ((kind === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${kind}`)
  if (kind === 'histogram') return checkHistogram(name, [...samples.values()])
  for (const sample of samples.values()) {
    if (sample.name !== name) throw new Error(`${sample.name} below ${name}`)
    if (kind === 'counter' && !(sample.value >= 0)) throw new Error(`${name} counts ${sample.value}`)
  }
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, Sample[]>()
  for (const sample of samples) {
    const others = [...sample.labels].filter(([key]) => key !== 'le')
    const key = JSON.stringify(others.sort())
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  for (const all of series.values()) {
    const buckets = all.filter(sample => sample.name === `${name}_bucket`)
    const [count, sum] = ['count', 'sum'].map(end => all.find(sample => sample.name === `${name}_${end}`)?.value)
    const bounds = buckets.map(({ labels }) => Number(labels.get('le')?.replace('+Inf', 'Infinity')))
    const isSorted = bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] ?? Infinity))
    const grows = buckets.every(({ value }, i) => i === 0 || value >= (buckets[i - 1]?.value ?? Infinity))
    const isWhole = bounds.at(-1) === Infinity && buckets.at(-1)?.value === count && sum !== undefined
    if (!isSorted || !grows || !isWhole || all.length !== buckets.length + 2) throw new Error(`${name} does not add up`)
  }
}

function wrong(text: string | undefined): never {
  throw new Error(`not as Prometheus has it: ${JSON.stringify(text)}`)
}
