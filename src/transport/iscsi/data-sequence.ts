/** A sequence of Data-Out PDUs on its way: what an R2T asks for, or what comes without (RFC 7143, 4.2.5). */

/** What an R2T asks for. */
export interface RequestedData {
  /** R2TSN. */
  readonly r2tSn: number;
  /** Target transfer tag. */
  readonly tag: number;
  /** First byte. */
  readonly begin: number;
  /** The byte after the last. */
  readonly end: number;
}

/** A sequence, and how far it has come; one without R2T has the tag FFFFFFFFh. */
export interface DataSequence extends RequestedData {
  /** Where the next Data-Out has to begin. */
  next: number;
  /** DataSN of the next Data-Out. */
  dataSn: number;
  /** A PDU is missing: what follows it in this sequence is not taken. */
  broken: boolean;
}

/** Begins a sequence. */
export function dataSequence(tag: number, r2tSn: number, begin: number, end: number): DataSequence {
  return { tag, r2tSn, begin, end, next: begin, dataSn: 0, broken: false };
}
