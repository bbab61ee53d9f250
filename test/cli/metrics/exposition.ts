/** Reads Prometheus' text format, and finds fault with it as promtool does. Knows nothing of the code. */

/** One line with a value. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its lines. */
export interface ExposedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ExposedSample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/**
 * Reads a page.
 *
 * @throws Error - a line is not of the format.
 */
export function parseExposition(text: string): readonly ExposedMetric[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics: (ExposedMetric & { readonly samples: ExposedSample[] })[] = [];
  let help: readonly [name: string, text: string] | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line);
    if (comment?.[1] === 'HELP') help = [comment[2]!, comment[3]!];
    else if (comment !== null) {
      const [, , name = '', type = ''] = comment;
      if (help?.[0] !== name) throw new Error(`${name}: no HELP before TYPE`);
      metrics.push({ name, help: help[1], type, samples: [] });
    } else metrics.at(-1)!.samples.push(parseSample(line));
  }
  return metrics;
}

function parseSample(line: string): ExposedSample {
  const match = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
  if (match === null) throw new Error(`not a sample: ${line}`);
  const [, name = '', inner = '', value = ''] = match;
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const [, label, quoted] = LABEL.exec(inner) ?? [];
    if (label === undefined || quoted === undefined) throw new Error(`bad labels: ${line}`);
    labels[label] = quoted;
  }
  const number = value === '+Inf' ? Infinity : Number(value);
  if (Number.isNaN(number) && value !== 'Nan') throw new Error(`bad value: ${line}`);
  return { name, labels, value: number };
}

/** What is wrong with metrics, in words; empty: nothing. */
export function lint(metrics: readonly ExposedMetric[]): readonly string[] {
  const names = metrics.map(({ name }) => name);
  return [
    ...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${name}: twice`),
    ...metrics.flatMap(problems),
  ];
}

function problems({ name, help, type, samples }: ExposedMetric): readonly string[] {
  const found: string[] = [];
  const expect = (holds: boolean, problem: string): void => void (holds || found.push(problem));
  expect(help.length > 0, 'no help');
  expect(['counter', 'gauge', 'histogram', 'summary'].includes(type), `type ${type}`);
  expect(
    name.endsWith('_total') === (type === 'counter'),
    'counters, and only they, end in _total',
  );
  expect(
    !/_(ms|milliseconds|microseconds|kilobytes|kb|minutes|percent)(_|$)/.test(name),
    'no base unit',
  );
  expect(name === name.toLowerCase(), 'capitals');
  expect(!/_(counter|gauge|histogram)(_|$)/.test(name), 'the type is in the name');
  const series = samples.map((sample) =>
    JSON.stringify([
      sample.name,
      Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  );
  expect(new Set(series).size === series.length, 'a series is there twice');
  for (const { name: own, labels, value } of samples) {
    const suffix = own.slice(name.length);
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    expect(own.startsWith(name) && suffixes.includes(suffix), `${own} is not of it`);
    expect(type !== 'counter' || value >= 0, 'a counter below 0');
    expect((suffix === '_bucket') === 'le' in labels, 'le is for buckets');
  }
  if (type === 'histogram') found.push(...histogramProblems(samples));
  return found.map((problem) => `${name}: ${problem}`);
}

const grows = (values: readonly number[], by: number): boolean =>
  values.every((value, i) => i === 0 || value - values[i - 1]! >= by);

/** Buckets grow, and the last one is the count. */
function histogramProblems(samples: readonly ExposedSample[]): readonly string[] {
  const found: string[] = [];
  const groups = new Map<string, ExposedSample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const [key, group] of groups) {
    const buckets = group.filter(({ name }) => name.endsWith('_bucket'));
    const bounds = buckets.map(({ labels }) =>
      labels['le'] === '+Inf' ? Infinity : Number(labels['le']),
    );
    const counts = buckets.map(({ value }) => value);
    const count = group.find(({ name }) => name.endsWith('_count'))?.value;
    if (!grows(bounds, Number.EPSILON / 1e6) || bounds.at(-1) !== Infinity)
      found.push(`bounds of ${key}`);
    if (!grows(counts, 0) || counts.at(-1) !== count) found.push(`counts of ${key}`);
  }
  return found;
}
