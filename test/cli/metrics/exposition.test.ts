import { describe, expect, it } from 'vitest';
import { lint, parseExposition } from './exposition.ts';

const page = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

describe('the linter of metrics', () => {
  it.each([
    ['a counter without _total', ['# HELP a b', '# TYPE a counter', 'a 1']],
    ['a metric without help', ['# HELP a ', '# TYPE a gauge', 'a 1']],
    [
      'milliseconds',
      ['# HELP a_milliseconds b', '# TYPE a_milliseconds gauge', 'a_milliseconds 1'],
    ],
    ['a series that is there twice', ['# HELP a b', '# TYPE a gauge', 'a{x="1"} 1', 'a{x="1"} 2']],
    [
      'buckets that shrink',
      [
        '# HELP a b',
        '# TYPE a histogram',
        'a_bucket{le="1"} 2',
        'a_bucket{le="+Inf"} 1',
        'a_sum 1',
        'a_count 1',
      ],
    ],
  ])('finds %s', (_, lines) => {
    expect(lint(parseExposition(page(...lines)))).not.toEqual([]);
  });

  it.each([['a{x="1} 1'], ['a{x=1} 1'], ['a one'], ['1a 1']])('does not read %j', (line) => {
    expect(() => parseExposition(page('# HELP a b', '# TYPE a gauge', line))).toThrow();
  });
});
