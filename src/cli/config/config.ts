/** The configuration of `serve`: what a file says, and what the command line is made into. */
import * as v from 'valibot';
import { MAX_LUN } from '../../scsi/lun.ts';
import type { DigestPolicy, IscsiLimits, IscsiRedirect } from '../../transport/iscsi/index.ts';
import { resolveLimits } from '../../transport/iscsi/options.ts';
import { parseChap, type ChapSpec } from '../chap-option.ts';
import { parseDisk, type DiskSpec } from '../disk-option.ts';
import { UsageError } from '../errors.ts';
import { LOG_LEVELS, type LogOptions } from '../log.ts';
import {
  groupOf,
  parseInitiatorName,
  parseMetrics,
  parsePortal,
  parseRedirect,
  parseTargetName,
  type Address,
  type PortalSpec,
} from '../portal-option.ts';

/** Who may come in, as it is written down. */
export interface AccessInput {
  readonly chap?: readonly string[] | undefined;
  readonly mutualChap?: string | undefined;
}

/** A target as it is written down. */
export interface TargetInput extends AccessInput {
  readonly name: string;
  readonly alias?: string | undefined;
  readonly luns: Readonly<Record<string, string>>;
  readonly initiators?: readonly string[] | undefined;
  readonly lunMaps?:
    | readonly {
        readonly initiators: readonly string[];
        readonly luns: Readonly<Record<string, number>>;
      }[]
    | undefined;
  readonly redirect?: string | undefined;
}

/** A configuration as it is written down, as JSON. Texts are as on the command line. */
export interface ConfigInput {
  readonly $schema?: string | undefined;
  readonly portals?: readonly string[] | undefined;
  readonly targets: readonly TargetInput[];
  readonly discovery?: AccessInput | undefined;
  readonly headerDigest?: DigestPolicy | undefined;
  readonly dataDigest?: DigestPolicy | undefined;
  readonly limits?: Readonly<Record<string, number | boolean>> | undefined;
  readonly metrics?: string | undefined;
  readonly log?: LogOptions | undefined;
}

/** Who may come in, and how a side proves itself. */
export interface AccessConfig {
  /** CHAP names that may log in; absent: nobody has to prove himself. */
  readonly chap?: readonly ChapSpec[] | undefined;
  /** What the target proves itself with, to initiators that ask. */
  readonly mutualChap?: ChapSpec | undefined;
}

/** What some initiators see in place of all LUNs. */
export interface LunMapConfig {
  readonly initiators: readonly string[];
  /** By the LUN that they see: the LUN of the target. */
  readonly luns: ReadonlyMap<number, number>;
}

/** A target to serve. */
export interface TargetConfig extends AccessConfig {
  /** iSCSI name. */
  readonly name: string;
  readonly alias?: string | undefined;
  /** The disks by LUN. */
  readonly luns: ReadonlyMap<number, DiskSpec>;
  /** The initiators that see the target; absent: all. */
  readonly initiators?: readonly string[] | undefined;
  readonly lunMaps?: readonly LunMapConfig[] | undefined;
  /** Where logins are sent instead; absent: they are served here. */
  readonly redirect?: IscsiRedirect | undefined;
}

/** What to serve, where, and to whom. */
export interface Config {
  readonly portals: readonly PortalSpec[];
  readonly targets: readonly TargetConfig[];
  /** Who may ask for targets. */
  readonly discovery?: AccessConfig | undefined;
  readonly headerDigest: DigestPolicy;
  readonly dataDigest: DigestPolicy;
  readonly limits: IscsiLimits;
  /** Where Prometheus finds the metrics; absent: nowhere. */
  readonly metrics?: Address | undefined;
  readonly log: LogOptions;
}

/** A text that one of the command line's own parsers understands. */
function parsed<T>(parse: (text: string) => T, description: string) {
  return v.pipe(
    v.string(),
    v.description(description),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return parse(dataset.value);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
}

const chap = parsed(parseChap, 'NAME=file:PATH or NAME=env:VARIABLE: where a CHAP secret is');
const initiators = v.array(parsed(parseInitiatorName, 'iSCSI name of an initiator'));
const digest = v.optional(v.picklist(['none', 'prefer', 'require']), 'none');

const lunKey = v.pipe(
  v.string(),
  v.check((text) => /^\d{1,5}$/.test(text) && Number(text) <= MAX_LUN, `no LUN, 0 to ${MAX_LUN}`),
);
const lun = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_LUN));

function byLun<T>(luns: Readonly<Record<string, T>>): ReadonlyMap<number, T> {
  return new Map(Object.entries(luns).map(([key, value]) => [Number(key), value]));
}

const access = {
  chap: v.optional(
    v.pipe(
      v.array(chap),
      v.check(
        (users) => new Set(users.map(({ name }) => name)).size === users.length,
        'a CHAP name is there twice',
      ),
      v.description('Who may log in; absent: everybody'),
    ),
  ),
  mutualChap: v.optional(
    parsed(parseChap, 'NAME=file:PATH or NAME=env:VARIABLE: what the target proves itself with'),
  ),
};

const provesToSomebody = ({ chap: users, mutualChap }: AccessConfig): boolean =>
  mutualChap === undefined || users !== undefined;
const PROVES = 'mutualChap is for who proves himself by chap';

const target = v.pipe(
  v.strictObject({
    name: parsed(parseTargetName, 'iSCSI name'),
    alias: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255))),
    luns: v.pipe(
      v.record(lunKey, parsed(parseDisk, 'memory:SIZE or file:PATH, options after commas')),
      v.description('The disks by LUN'),
      v.transform(byLun),
    ),
    ...access,
    initiators: v.optional(
      v.pipe(initiators, v.description('Who sees the target; absent: everybody')),
    ),
    lunMaps: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            initiators,
            luns: v.pipe(
              v.record(lunKey, lun),
              v.description('By the LUN that they see: the LUN of the target'),
              v.transform(byLun),
            ),
          }),
        ),
        v.description('What some initiators see in place of all LUNs'),
      ),
    ),
    redirect: v.optional(parsed(parseRedirect, 'ADDRESS:PORT where logins are sent instead')),
  }),
  v.check((value) => provesToSomebody(value), PROVES),
);

const limits = v.pipe(
  v.record(v.string(), v.union([v.number(), v.boolean()])),
  v.description('Limits of the server: the fields of IscsiLimits'),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      const known = resolveLimits(dataset.value);
      for (const name of Object.keys(dataset.value))
        if (!(name in known)) addIssue({ message: `there is no limit '${name}'` });
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
    }
  }),
  v.transform((values): IscsiLimits => values),
);

/** Whether two disks would have the same name: it is made of these texts (VPD page 83h). */
function haveTwins(disks: readonly DiskSpec[]): boolean {
  const names = disks
    .filter(({ serial }) => serial !== undefined)
    .map(({ vendor, product, serial }) => JSON.stringify([vendor, product, serial]));
  return new Set(names).size < names.length;
}

/** What a configuration may say. */
export const CONFIG: v.GenericSchema<ConfigInput, Config> = v.pipe(
  v.strictObject({
    $schema: v.optional(v.string()),
    portals: v.optional(
      v.pipe(
        v.array(parsed(parsePortal, 'ADDRESS:PORT, options after commas')),
        v.minLength(1, 'there has to be one'),
        v.description('Where to listen'),
      ),
      ['127.0.0.1:3260'],
    ),
    targets: v.pipe(v.array(target), v.minLength(1, 'there has to be one')),
    discovery: v.optional(
      v.pipe(
        v.strictObject(access),
        v.check((value) => provesToSomebody(value), PROVES),
      ),
    ),
    headerDigest: digest,
    dataDigest: digest,
    limits: v.optional(limits, {}),
    metrics: v.optional(parsed(parseMetrics, 'ADDRESS:PORT where Prometheus finds metrics')),
    log: v.optional(
      v.strictObject({
        format: v.optional(v.picklist(['text', 'json']), 'text'),
        level: v.optional(v.picklist(LOG_LEVELS), 'warn'),
      }),
      {},
    ),
  }),
  v.check(
    ({ targets }) => new Set(targets.map(({ name }) => name)).size === targets.length,
    'two targets have the same name',
  ),
  v.check(
    ({ targets }) => !haveTwins(targets.flatMap(({ luns }) => [...luns.values()])),
    'two disks have the same serial number: initiators would take them for one',
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { portals, targets } = dataset.value;
    for (const { redirect } of targets)
      for (const group of redirect?.portalGroups ?? [])
        if (portals.every((portal) => groupOf(portal) !== group))
          addIssue({ message: `redirect: no portal is in group ${group}` });
  }),
);

/** What is wrong with a configuration: where, and what. */
export interface ConfigProblem {
  /** E.g. `targets[0].luns.1`; empty: the whole. */
  readonly path: string;
  readonly message: string;
}

/** A key that is missing, or that is none, in other words than valibot's. */
function messageOf({ type, received, message }: v.BaseIssue<unknown>): string {
  if (type !== 'strict_object' || !message.startsWith('Invalid key')) return message;
  return received === 'undefined' ? 'it is missing' : 'there is no such key';
}

/** Checks a configuration; gives what is wrong where something is. */
export function parseConfig(
  input: unknown,
): { readonly config: Config } | { readonly problems: readonly ConfigProblem[] } {
  const result = v.safeParse(CONFIG, input);
  if (result.success) return { config: result.output };
  return {
    problems: result.issues.map((issue) => ({
      path: (issue.path ?? []).reduce(
        (path, { key }) =>
          typeof key === 'number' ? `${path}[${key}]` : `${path}${path && '.'}${String(key)}`,
        '',
      ),
      message: messageOf(issue),
    })),
  };
}
