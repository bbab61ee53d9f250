/** Header and data digests: whether they are wanted, and what was agreed (RFC 7143, 13.1). */
import { crc32c as ownCrc32c } from './crc32c.ts';
import type { Crc32c } from './crc32c.ts';
import type { ListWish, OperationalParameters } from './negotiation.ts';

/** How much a digest is wanted: never, wherever the other side has it, or always. */
export type DigestPolicy = 'none' | 'prefer' | 'require';

/** The digests of a connection; undefined: without. */
export interface Digests {
  /** Over the header and the additional header segments. */
  readonly header?: Crc32c | undefined;
  /** Over the data segment and its padding. */
  readonly data?: Crc32c | undefined;
}

/** How the sides of a connection want digests. */
export interface DigestOptions {
  /** Whether PDU headers carry a CRC32C; default none. */
  readonly headerDigest?: DigestPolicy;
  /** Whether data segments carry a CRC32C; default none. */
  readonly dataDigest?: DigestPolicy;
  /** Computes CRC32C; default the package's own, in JavaScript. */
  readonly crc32c?: Crc32c;
}

/** The name of CRC32C in HeaderDigest and DataDigest. */
export const CRC32C = 'CRC32C';

/** What an initiator offers for a policy, in the order of its preference. */
export function digestOffer(policy: DigestPolicy): string {
  if (policy === 'none') return 'None';
  return policy === 'prefer' ? `${CRC32C},None` : CRC32C;
}

/**
 * What a target agrees to. Who wants a digest does not allow None to an initiator that offers both,
 * in whichever order; who requires one refuses the login of an initiator that does not offer it.
 */
export function digestWish(policy: DigestPolicy): ListWish {
  if (policy === 'none') return ['None'];
  return (offered) => [offered.includes(CRC32C) ? CRC32C : 'None'];
}

/** The digests that were agreed on. */
export function agreedDigests(
  parameters: OperationalParameters,
  crc32c: Crc32c = ownCrc32c,
): Digests {
  return {
    header: parameters.headerDigest === CRC32C ? crc32c : undefined,
    data: parameters.dataDigest === CRC32C ? crc32c : undefined,
  };
}
