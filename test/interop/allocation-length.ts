/** When a dissector may find an answer too short: the initiator asked for no more of it. */

/** A command whose Data-In is cut by ALLOCATION LENGTH, and how long the answer says that it is. */
interface Answer {
  readonly allocation: (cdb: DataView) => number;
  /** Length of the whole answer, from the part that came. */
  readonly whole: (data: DataView, cdb: DataView) => number;
}

const INQUIRY: Answer = {
  allocation: (cdb) => cdb.getUint16(3),
  // EVPD: PAGE LENGTH counts from byte 4. Standard data: ADDITIONAL LENGTH counts from byte 5.
  whole: (data, cdb) => (cdb.getUint8(1) & 1 ? data.getUint16(2) + 4 : data.getUint8(4) + 5),
};

const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [0x12, INQUIRY],
  [0x1a, { allocation: (cdb) => cdb.getUint8(4), whole: (data) => data.getUint8(0) + 1 }], // MODE SENSE(6)
  [0x5a, { allocation: (cdb) => cdb.getUint16(7), whole: (data) => data.getUint16(0) + 2 }], // MODE SENSE(10)
  [0xa0, { allocation: (cdb) => cdb.getUint32(6), whole: (data) => data.getUint32(0) + 8 }], // REPORT LUNS
  [0x9e, { allocation: (cdb) => cdb.getUint32(10), whole: () => 32 }], // READ CAPACITY(16)
  [0xa3, { allocation: (cdb) => cdb.getUint32(6), whole: (data) => data.getUint32(0) + 4 }], // REPORT SUPPORTED OPERATION CODES, all
]);

/**
 * True where the data is exactly as long as was allowed, and its own length field says that there
 * would have been more.
 */
export function isRightlyCut(cdb: Uint8Array, data: Uint8Array): boolean {
  const asked = viewOf(cdb);
  const answer = ANSWERS.get(asked.getUint8(0));
  if (answer === undefined || data.length !== answer.allocation(asked)) return false;
  try {
    return answer.whole(viewOf(data), asked) > data.length;
  } catch (error) {
    // Cut before its length field was over.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
