/** How a key that the other side offers is answered (RFC 7143, 6.2): a function of data. */
import { keyDeclaration } from './keys.ts';
import type { KeyDeclaration, KeyName } from './keys.ts';

/** Values supported of a list key, any order, or a function that gives them for an offer. */
export type ListWish = readonly string[] | ((offered: readonly string[]) => readonly string[]);

/** What this side wants of each key that is negotiated. Absent: the key's default. */
export interface KeyWishes {
  /** Of a list key the first value offered that is supported is the answer. */
  readonly [key: string]: number | boolean | ListWish | undefined;
}

/** A value that both sides have agreed on. */
export type KeyValue = number | boolean | string;

/** What came of one offer. */
export interface KeyAnswer {
  /** What to answer; undefined: a statement, which is not answered. */
  readonly answer?: string;
  /** The value that holds from now on; undefined: none came of it. */
  readonly value?: KeyValue;
}

/** Answers that stand in place of a value (RFC 7143, 6.2). */
export const NOT_UNDERSTOOD = 'NotUnderstood';
/** A key without a meaning here. */
export const IRRELEVANT = 'Irrelevant';
/** An offer out of which no value can come. */
export const REJECTED = 'Reject';

const NUMBER = /^(?:0|[1-9][0-9]*|0[xX][0-9a-fA-F]+)$/;

/** Reads a number as RFC 7143 (6.1) writes it, decimal or hexadecimal; NaN for anything else. */
export function parseKeyNumber(text: string): number {
  return NUMBER.test(text) && text.length <= 18 ? Number(text) : Number.NaN;
}

/** In what kind of login a key is offered. */
export interface KeyContext {
  /** In a discovery session. */
  readonly discovery: boolean;
  /** By a connection that joins a session. */
  readonly joining?: boolean;
}

/**
 * Answers an offer.
 *
 * @example
 * ```ts
 * answerKey('MaxBurstLength', '1048576', { MaxBurstLength: 262_144 }, { discovery: false });
 * // { answer: '262144', value: 262144 }
 * ```
 */
export function answerKey(
  name: string,
  offer: string,
  wishes: KeyWishes,
  { discovery, joining = false }: KeyContext,
): KeyAnswer {
  const key = keyDeclaration(name);
  if (key === undefined) return { answer: NOT_UNDERSTOOD };
  if (key.sender === 'target' || key.use === 'full feature') return { answer: REJECTED };
  if ((discovery && key.normalOnly === true) || (joining && key.leadingOnly === true))
    return { answer: IRRELEVANT };
  return answerDeclared(name as KeyName, key, offer, wishes);
}

function answerDeclared(
  name: KeyName,
  key: KeyDeclaration,
  offer: string,
  wishes: KeyWishes,
): KeyAnswer {
  const wish = wishes[name];
  switch (key.kind) {
    case 'declared text':
      return { value: offer };
    case 'declared number': {
      const number = parseKeyNumber(offer);
      return number >= key.least && number <= key.most ? { value: number } : { answer: REJECTED };
    }
    case 'list': {
      const offered = offer.split(',');
      const supported =
        typeof wish === 'object'
          ? wish
          : typeof wish === 'function'
            ? wish(offered)
            : [key.initially];
      const chosen = offered.find((value) => supported.includes(value));
      return chosen === undefined ? { answer: REJECTED } : { answer: chosen, value: chosen };
    }
    case 'boolean and':
    case 'boolean or': {
      if (offer !== 'Yes' && offer !== 'No') return { answer: REJECTED };
      const ours = typeof wish === 'boolean' ? wish : key.initially;
      const value = key.kind === 'boolean and' ? ours && offer === 'Yes' : ours || offer === 'Yes';
      return { answer: value ? 'Yes' : 'No', value };
    }
    case 'minimum':
    case 'maximum': {
      const number = parseKeyNumber(offer);
      if (!(number >= key.least && number <= key.most)) return { answer: REJECTED };
      const ours = typeof wish === 'number' ? wish : key.initially;
      const value = key.kind === 'minimum' ? Math.min(ours, number) : Math.max(ours, number);
      return { answer: String(value), value };
    }
  }
}

/** The values by which a connection in the full feature phase works. */
export interface OperationalParameters {
  /** Most data bytes that the other side takes in a PDU. */
  readonly maxSendDataSegmentLength: number;
  /** Most data bytes in a sequence of Data-In or asked for by one R2T. */
  readonly maxBurstLength: number;
  /** Most unsolicited bytes of a command, immediate data included. */
  readonly firstBurstLength: number;
  /** No unsolicited Data-Out. */
  readonly initialR2T: boolean;
  /** Data may come with the command. */
  readonly immediateData: boolean;
  /** Most R2Ts of a command at a time. */
  readonly maxOutstandingR2T: number;
  /** Most connections of the session. */
  readonly maxConnections: number;
  /** Error recovery level. */
  readonly errorRecoveryLevel: number;
  /** Seconds before a reconnect. */
  readonly defaultTime2Wait: number;
  /** Seconds for which tasks are kept after that. */
  readonly defaultTime2Retain: number;
  /** Protocol level: 2 has the functions of RFC 7144. */
  readonly protocolLevel: number;
  /** Header digest in use. */
  readonly headerDigest: string;
  /** Data digest in use. */
  readonly dataDigest: string;
}

/** What holds for a connection that joins a session: the session's values, and those of its own. */
export function joinedParameters(
  session: OperationalParameters,
  connection: OperationalParameters,
): OperationalParameters {
  const { maxSendDataSegmentLength, headerDigest, dataDigest } = connection;
  return { ...session, maxSendDataSegmentLength, headerDigest, dataDigest };
}

/** Gathers what was agreed; keys that nobody named keep the default of RFC 7143. */
export function operationalParameters(
  agreed: ReadonlyMap<string, KeyValue>,
): OperationalParameters {
  const value = (name: KeyName): KeyValue => {
    const key = keyDeclaration(name);
    return agreed.get(name) ?? (key !== undefined && 'initially' in key ? key.initially : '');
  };
  // The kind of a key decides the type of its values.
  const number = (name: KeyName): number => Number(value(name));
  const text = (name: KeyName): string => String(value(name));
  const flag = (name: KeyName): boolean => value(name) === true;
  const maxBurstLength = number('MaxBurstLength');
  const errorRecoveryLevel = number('ErrorRecoveryLevel');
  return {
    maxSendDataSegmentLength: number('MaxRecvDataSegmentLength'),
    maxBurstLength,
    firstBurstLength: Math.min(number('FirstBurstLength'), maxBurstLength),
    initialR2T: flag('InitialR2T'),
    immediateData: flag('ImmediateData'),
    // Sequences that are in order and may have to be sent again are asked for one by one (13.18).
    maxOutstandingR2T: errorRecoveryLevel > 0 ? 1 : number('MaxOutstandingR2T'),
    maxConnections: number('MaxConnections'),
    errorRecoveryLevel,
    defaultTime2Wait: number('DefaultTime2Wait'),
    defaultTime2Retain: number('DefaultTime2Retain'),
    protocolLevel: number('iSCSIProtocolLevel'),
    headerDigest: text('HeaderDigest'),
    dataDigest: text('DataDigest'),
  };
}
