/** What Prometheus sees of a serving process. */
import { collectDefaultMetrics, Counter, Gauge, Registry, type Histogram } from 'prom-client';
import type { Target } from '../../scsi/target.ts';
import type { IscsiCounters, IscsiSessionInfo } from '../../transport/iscsi/index.ts';
import { VERSION } from '../version.ts';
import {
  COMMAND_TYPES,
  DURATION_BOUNDS,
  type CommandCounts,
  type LunCounts,
} from './command-counts.ts';

/** Where the numbers come from. */
export interface MetricsSource {
  /** What observes the targets. */
  readonly commands: CommandCounts;
  /** The server: its counters and its sessions now. */
  readonly server: {
    readonly counters: IscsiCounters;
    readonly sessions: readonly IscsiSessionInfo[];
  };
  /** The targets by iSCSI name, as they are now. */
  readonly targets: () => Iterable<readonly [name: string, target: Target]>;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/**
 * All metrics: those of commands, those of iSCSI, and those of the process that prom-client brings.
 * `register.metrics()` gives the text.
 */
export function metricsRegistry(source: MetricsSource): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  // Gauges that are called like counters; the same is there by type.
  for (const what of ['handles', 'requests', 'resources'])
    register.removeSingleMetric(`nodejs_active_${what}_total`);
  const { server } = source;
  const define = (
    Metric: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    labelNames: readonly string[],
    samples: () => Iterable<Sample>,
  ): void => {
    const metric = new Metric({
      name: `scsi_target_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [],
      collect() {
        this.reset();
        for (const [labels, value] of samples()) this.inc(labels, value);
      },
    });
    register.registerMetric(metric);
  };

  define(Gauge, 'build_info', 'Version of scsi-target; always 1.', ['version'], () => [
    [{ version: VERSION }, 1],
  ]);
  defineCommands(define, register, source);
  define(Gauge, 'logical_unit_size_bytes', 'Capacity of a logical unit.', ['target', 'lun'], () =>
    sizes(source),
  );
  define(Gauge, 'iscsi_connections', 'TCP connections now, those not logged in too.', [], () => [
    [{}, server.counters.connections],
  ]);
  define(
    Gauge,
    'iscsi_sessions',
    'Sessions now; without a target: discovery.',
    ['target', 'initiator'],
    () =>
      server.sessions.map(({ targetName, initiatorName }) => [
        { target: targetName ?? '', initiator: initiatorName },
        1,
      ]),
  );
  define(Counter, 'iscsi_logins_total', 'Logins that succeeded.', [], () => [
    [{}, server.counters.logins],
  ]);
  define(
    Counter,
    'iscsi_refused_logins_total',
    'Logins that were refused or redirected, by status class and detail.',
    ['status'],
    () =>
      [...server.counters.refusedLogins].map(([status, count]) => [
        { status: status.toString(16).padStart(4, '0') },
        count,
      ]),
  );
  return register;
}

type Define = (
  Metric: typeof Counter | typeof Gauge,
  name: string,
  help: string,
  labelNames: readonly string[],
  samples: () => Iterable<Sample>,
) => void;

const LUN_LABELS = ['target', 'initiator', 'lun'] as const;

function defineCommands(define: Define, register: Registry, { commands }: MetricsSource): void {
  /** Samples of every initiator and LUN, with the labels that say so. */
  const each = (of: (counts: LunCounts) => Iterable<Sample>) => (): readonly Sample[] =>
    [...commands.initiators()].flatMap(({ target, initiator, luns }) =>
      [...luns.values()].flatMap((counts) =>
        [...of(counts)].map(([labels, value]): Sample => [
          { target, initiator, lun: counts.lun, ...labels },
          value,
        ]),
      ),
    );
  define(
    Counter,
    'commands_total',
    'Commands that ended, by name and OPERATION CODE.',
    [...LUN_LABELS, 'operation', 'opcode'],
    each(({ operations }) =>
      [...operations].flatMap(([opcode, names]) =>
        [...names].map(([operation, count]): Sample => [
          { operation, opcode: opcode.toString(16).padStart(2, '0') },
          count,
        ]),
      ),
    ),
  );
  define(
    Counter,
    'command_errors_total',
    'Commands that did not end well, by status and sense key.',
    [...LUN_LABELS, 'status', 'sense_key'],
    each(({ errors }) =>
      [...errors.values()].map(({ status, senseKey, count }): Sample => [
        { status, sense_key: senseKey },
        count,
      ]),
    ),
  );
  define(
    Counter,
    'data_bytes_total',
    'Bytes that commands moved, seen from the initiator: in is read.',
    [...LUN_LABELS, 'direction'],
    each(({ dataIn, dataOut }) => [
      [{ direction: 'in' }, dataIn],
      [{ direction: 'out' }, dataOut],
    ]),
  );
  // prom-client's own histogram has to see every value when it comes; this one counted before.
  const name = 'scsi_target_command_duration_seconds';
  const samples = each(durationSamples);
  register.registerMetric({
    name,
    help: 'Time from the arrival of a command to its response, the wait for its data included.',
    type: 'histogram',
    get: () => ({
      name,
      help: 'Time from the arrival of a command to its response, the wait for its data included.',
      type: 'histogram',
      values: samples().map(([{ suffix = '', ...labels }, value]) => ({
        metricName: name + suffix,
        labels,
        value,
      })),
    }),
  } as unknown as Histogram);
}

/** The series of a histogram; `suffix` says which one, and is no label. */
function durationSamples({ durations }: LunCounts): readonly Sample[] {
  return COMMAND_TYPES.flatMap((type, i) => {
    const { buckets = [], sum = 0 } = durations[i] ?? {};
    let count = 0;
    const series = buckets.map((value, bucket): Sample => {
      count += value;
      const bound = DURATION_BOUNDS[bucket];
      return [{ suffix: '_bucket', type, le: bound === undefined ? '+Inf' : String(bound) }, count];
    });
    if (count === 0) return [];
    series.push([{ suffix: '_sum', type }, sum], [{ suffix: '_count', type }, count]);
    return series;
  });
}

function* sizes({ targets }: MetricsSource): Generator<Sample> {
  for (const [target, { luns }] of targets())
    for (const lun of luns.list()) {
      const medium = luns.get(lun)?.medium;
      if (medium !== undefined)
        yield [{ target, lun: String(lun) }, medium.blocks * medium.blockLength];
    }
}
