/** ROD tokens: POPULATE TOKEN, WRITE USING TOKEN, and what RECEIVE ROD TOKEN INFORMATION says of both. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { refusalOfState } from './access-states.ts';
import { BLOCK, BLOCKS, groupOf, type Who } from './device.ts';
import { bits, GOOD, type Answers, type Command, type Expected, type Sent } from './exchange.ts';
import { blocks, is, lba } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

type Range = readonly [lba: number, blocks: number];

export type Tokens =
  | {
      readonly do: 'POPULATE TOKEN';
      readonly ranges: readonly Range[];
      /** INACTIVITY TIMEOUT in seconds; 0: the default. */
      readonly timeout: number;
      /** ROD TYPE; absent: RTV is 0. */
      readonly rodType?: number | undefined;
    }
  | {
      readonly do: 'WRITE USING TOKEN';
      readonly ranges: readonly Range[];
      /** Which of the tokens that are known, from the last one back; past the first: the one of zeros. */
      readonly which: number;
      readonly offset: number;
      /** DEL_TKN. */
      readonly deletes: boolean;
      /** A byte of the token is another one. */
      readonly forged: boolean;
    }
  | { readonly do: 'RECEIVE ROD TOKEN INFORMATION' };

const ranges = fc.array(fc.tuple(lba, blocks), { maxLength: 3 });
const seldom = fc.nat(9).map((n) => n === 0);

const CHANGE_VULNERABLE = 0x0080_0001;
const ANY_POINT_IN_TIME = 0x0080_ffff;

const populate = fc.record({
  do: is('POPULATE TOKEN'),
  ranges,
  timeout: fc.constantFrom(0, 0, 0, 2, 5, 3601),
  rodType: fc.option(fc.constantFrom(CHANGE_VULNERABLE, ANY_POINT_IN_TIME, 0x0001_0000), {
    nil: undefined,
  }),
});

const receive = fc.record({ do: is('RECEIVE ROD TOKEN INFORMATION') });

/** A token that is made, and is known. */
export const tokenMade: fc.Arbitrary<readonly Tokens[]> = fc.tuple(populate, receive);

export const tokens: fc.Arbitrary<Tokens> = fc.oneof(
  { weight: 4, arbitrary: populate },
  { weight: 4, arbitrary: receive },
  {
    weight: 6,
    arbitrary: fc.record({
      do: is('WRITE USING TOKEN'),
      ranges,
      which: fc.nat(3),
      offset: fc.constantFrom(0, 0, 0, 1, 5),
      deletes: seldom,
      forged: seldom,
    }),
  },
);

/** A token that POPULATE TOKEN made. */
export interface Token {
  readonly unit: UnitModel;
  readonly ranges: readonly Range[];
  /** The 512 bytes, as soon as somebody has asked for them. */
  bytes?: Uint8Array;
  /**
   * Why it cannot be used: ASCQ of 23h. `unclear` where the standard leaves it to the device: while
   * FORMAT UNIT or SANITIZE work, and after they failed.
   */
  ended?: '04' | '06' | '09' | 'unclear';
  /** Milliseconds: it expires when nobody uses it for so long; and when. */
  readonly inactivity: number;
  expires: number;
}

/** How a command about tokens ended, as RECEIVE ROD TOKEN INFORMATION tells it. */
export interface TokenCommand {
  readonly action: 0x10 | 0x11;
  /** COPY OPERATION STATUS. */
  readonly status: number;
  /** TRANSFER COUNT in blocks. */
  readonly blocks: number;
  readonly token?: Token;
}

/** Seconds that a token lives unused where nobody says how many. */
const DEFAULT_TIMEOUT = 60;
const MAX_TIMEOUT = 3600;

/** LIST IDENTIFIER of every command about tokens. */
const LIST = be(7, 4);

/** ASCQ of 23h with which a token is refused; `undefined`: it can be used. */
const endOf = ({ ended, expires, unit }: Token): Token['ended'] | '07' =>
  ended ?? (unit.device.now >= expires ? '07' : undefined);

/** Blocks of a unit are changed: tokens that stand for one of them are worth nothing any more. */
export function revoke(unit: UnitModel, first: number, count: number): void {
  for (const token of unit.device.tokens) {
    const stands = token.ranges.some(
      ([at, length]) => Math.max(at, first) < Math.min(at + length, first + count),
    );
    if (token.unit === unit && stands && endOf(token) === undefined) token.ended = '06';
  }
}

/** Tokens of a unit that can be used end, for this reason. */
export function endTokens(unit: UnitModel, why: NonNullable<Token['ended']>): void {
  for (const token of unit.device.tokens)
    if (token.unit === unit && endOf(token) === undefined) token.ended = why;
}

/** FORMAT UNIT or SANITIZE are done: what was unclear before is not any more, but what expired meanwhile. */
export function revokeUnclear(unit: UnitModel): void {
  for (const token of unit.device.tokens)
    if (token.unit === unit && token.ended === 'unclear' && unit.device.now < token.expires)
      token.ended = '06';
}

export const tokenAnswers: Answers<Tokens> = {
  'POPULATE TOKEN'(unit, step) {
    const { timeout, rodType } = step;
    const header = `${be(bits([rodType !== undefined, 0x02]), 1)} 00 ${be(timeout, 4)} ${be(rodType ?? 0, 4)} 0000`;
    return tokenCommand(unit, step, '10', header, () => {
      if (timeout > MAX_TIMEOUT) return unit.refusal('5/26/00');
      if (rodType === 0x0001_0000) return unit.refusal('5/23/01');
      const inactivity = 1000 * (timeout || DEFAULT_TIMEOUT);
      const { device } = unit;
      const made: Token = {
        unit,
        ranges: step.ranges,
        inactivity,
        expires: device.now + inactivity,
      };
      device.tokens.push(made);
      const count = addresses(step.ranges).length;
      unit.tokenCommands.set(step.who, { action: 0x10, status: 1, blocks: count, token: made });
      return GOOD;
    });
  },
  'WRITE USING TOKEN'(unit, step) {
    const known = unit.device.tokens.filter(
      ({ bytes, ended }) => bytes !== undefined && ended !== 'unclear',
    );
    const token = known.at(-1 - step.which);
    const bytes = token?.bytes?.slice() ?? hex(`ffff0001 0000 01f8 ${be(0, 504)}`);
    if (step.forged && token !== undefined) bytes[300]! ^= 0x01;
    const offset = token === undefined ? 0 : step.offset;
    const header = `${be(bits([step.deletes, 0x02]), 1)} 00 00000000 ${be(offset, 8)} ${Buffer.from(bytes).toString('hex')} ${be(0, 6)}`;
    return tokenCommand(unit, step, '11', header, () => {
      if (token === undefined) return writeZeros(unit, step);
      if (step.forged && token.ended !== '04') return unit.refusal('5/23/05');
      const why = endOf(token);
      if (why !== undefined) return unit.refusal(`5/23/${why}`);
      token.expires = unit.device.now + token.inactivity;
      const source = addresses(token.ranges);
      if (offset > 0 && offset >= source.length) return unit.refusal('5/26/00');
      const done = copy(unit, step, token, source.slice(offset));
      if (step.deletes) token.ended ??= '09';
      return done;
    });
  },
  'RECEIVE ROD TOKEN INFORMATION': (unit, step) => ({
    cdb: `84 07 ${LIST} 00000000 00000400 00 00`,
    expected: unit.check(step, 'read', () => {
      const command = unit.tokenCommands.get(step.who);
      if (command === undefined) return unit.refusal('5/24/00');
      return { status: 0, data: (data) => wrongInformation(command, data) };
    }),
  }),
};

/** A command about tokens: its list is what comes behind the length, with ranges at the end. */
function tokenCommand(
  unit: UnitModel,
  step: Sent<{ readonly do: string; readonly ranges: readonly Range[] }>,
  action: string,
  header: string,
  then: () => Expected,
): Command {
  const descriptors = step.ranges.map(([at, count]) => `${be(at, 8)} ${be(count, 4)} 00000000`);
  const rest = hex(`${header} ${be(16 * step.ranges.length, 2)} ${descriptors.join('')}`);
  const out = Uint8Array.of(rest.length >> 8, rest.length, ...rest);
  const expected = unit.access(step, action === '10' ? 'read' : 'write', () => {
    if (step.ranges.length === 0) return unit.refusal('5/26/00');
    const seen = new Set<number>();
    for (const [at, count] of step.ranges) {
      if (at + count > BLOCKS) return unit.outOfRange({ lba: at });
      for (const each of addresses([[at, count]])) {
        if (seen.has(each)) return unit.refusal('5/26/00');
        seen.add(each);
      }
    }
    return then();
  });
  return { cdb: `83 ${action} 00000000 ${LIST} ${be(out.length, 4)} 00 00`, out, expected };
}

/** The blocks of ranges, in their order. */
const addresses = (list: readonly Range[]): readonly number[] =>
  list.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));

/** The token of zeros: it unmaps the blocks of a thin disk. */
function writeZeros(
  unit: UnitModel,
  { who, ranges: to }: Sent<{ readonly ranges: readonly Range[] }>,
): Expected {
  for (const [first, count] of to)
    if (unit.traits.thin) unit.deallocate(first, count);
    else unit.store(first, new Uint8Array(count * BLOCK));
  unit.tokenCommands.set(who, { action: 0x11, status: 1, blocks: addresses(to).length });
  return GOOD;
}

/**
 * Writes what a token stands for, run by run: where one is written over what it stands for it is
 * revoked, and the next run cannot be had.
 */
function copy(
  unit: UnitModel,
  { who, ranges: to }: Sent<{ readonly ranges: readonly Range[] }>,
  token: Token,
  source: readonly number[],
): Expected {
  let done = 0;
  const ended = (status: number, answer: Expected): Expected => {
    unit.tokenCommands.set(who, { action: 0x11, status, blocks: done });
    return answer;
  };
  for (const [first, count] of to) {
    const end = done + count;
    for (let at = first; done < end;) {
      if (done >= source.length) return ended(0x04, GOOD); // not all could be had
      const run = runFrom(token, source, done, end);
      const why = unreadable(token, who, run);
      if (why !== undefined) return ended(0x02, unit.refusal(why.sense!, why.information, why));
      const written = run.map((each) => token.unit.written.has(each));
      const stored = unit.finding(() => {
        unit.store(at, token.unit.slice(run[0]!, run.length).slice());
        return GOOD;
      });
      if (stored !== GOOD) return ended(0x02, stored);
      for (const [i, was] of written.entries()) if (!was) unit.written.delete(at + i);
      done += run.length;
      at += run.length;
    }
  }
  return ended(0x01, GOOD);
}

/** The blocks from a place of the token on that lie in one of its ranges, as many as are wanted. */
function runFrom(
  token: Token,
  source: readonly number[],
  from: number,
  end: number,
): readonly number[] {
  const all = addresses(token.ranges);
  const offset = all.length - source.length;
  let before = 0;
  for (const [, count] of token.ranges) {
    before += count;
    if (offset + from < before) return source.slice(from, Math.min(end, before - offset));
  }
  return [];
}

/** Why blocks of a token cannot be read; reservations do not matter to who has it. */
function unreadable(token: Token, who: Who, run: readonly number[]): Partial<Expected> | undefined {
  const { unit } = token;
  if (token.ended !== undefined) return { sense: `5/23/${token.ended}` };
  const unreachable = refusalOfState(unit.groups[groupOf(who)]);
  if (unreachable !== undefined) return { sense: unreachable };
  if (unit.obstacle !== undefined) return unit.obstacle;
  const bad = run.find((each) => unit.marked.has(each));
  return bad === undefined ? undefined : { sense: '3/11/14', information: bad };
}

function wrongInformation(command: TokenCommand, data: Uint8Array): string | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const failed = command.status === 0x02;
  const seen = [data[4], data[5], data[12], data[15], Number(view.getBigUint64(16))];
  const wanted = [command.action, command.status, failed ? 2 : 0, 0xf1, command.blocks];
  if (seen.join() !== wanted.join()) return `${seen.join()}, not ${wanted.join()}`;
  if (failed !== data[13]! > 0 || view.getUint32(0) !== data.length - 4) return 'wrong lengths';
  const list = data.subarray(32 + data[13]!);
  const length = command.token === undefined ? 4 : 4 + 2 + 512;
  if (list.length !== length) return `a token list of ${list.length} bytes`;
  const bytes = list.subarray(6);
  if (command.token === undefined) return undefined;
  const { token } = command;
  if (token.bytes !== undefined && Buffer.compare(token.bytes, bytes) !== 0)
    return 'the token is another one now';
  token.bytes = bytes.slice();
  return undefined;
}
