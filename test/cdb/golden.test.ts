import { describe, expect, it } from 'vitest';
import { decodeCdb, encodeCdb, type RequestInit } from '../../src/cdb/index.ts';

/** Each CDB form: the request, and the bytes that the standard has for it. */
const GOLDEN: readonly (readonly [request: RequestInit, cdb: readonly number[]])[] = [
  [{ op: 'TEST UNIT READY' }, [0x00, 0, 0, 0, 0, 0]],
  [
    {
      op: 'READ BUFFER',
      cdbLength: 10,
      modeSpecific: 1,
      mode: 0x1c,
      bufferId: 0x10,
      bufferOffset: 0x01_0203,
      allocationLength: 0x04_0506,
    },
    [0x3c, 0x3c, 0x10, 1, 2, 3, 4, 5, 6, 0], // MODE SPECIFIC is bits 7-5, MODE bits 4-0
  ],
  [
    {
      op: 'READ BUFFER',
      cdbLength: 16,
      mode: 2,
      bufferId: 0x10,
      bufferOffset: 0x0102,
      allocationLength: 0x0304,
    },
    [0x9b, 0x02, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 0x10, 0], // BUFFER ID is byte 14
  ],
  [
    { op: 'WRITE BUFFER', mode: 0x0a, bufferId: 1, bufferOffset: 2, parameterListLength: 3 },
    [0x3b, 0x0a, 0x01, 0, 0, 2, 0, 0, 3, 0],
  ],
  [
    { op: 'SEND DIAGNOSTIC', selfTestCode: 5, pageFormat: true, parameterListLength: 0x0102 },
    [0x1d, 0xb0, 0, 1, 2, 0], // SELF-TEST CODE is bits 7-5, PF bit 4
  ],
  [
    { op: 'SEND DIAGNOSTIC', selfTest: true, deviceOffline: true, unitOffline: true },
    [0x1d, 0x07, 0, 0, 0, 0], // SELFTEST bit 2, DEVOFFL bit 1, UNITOFFL bit 0
  ],
  [
    {
      op: 'RECEIVE DIAGNOSTIC RESULTS',
      pageCodeValid: true,
      pageCode: 0x40,
      allocationLength: 0x0102,
    },
    [0x1c, 0x01, 0x40, 1, 2, 0], // PCV is bit 0
  ],
  [
    { op: 'REPORT ALL ROD TOKENS', allocationLength: 0x0102_0304 },
    [0x84, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0], // service action 08h; LENGTH at bytes 10-13
  ],
  [
    { op: 'REPORT TIMESTAMP', allocationLength: 0x0102_0304 },
    [0xa3, 0x0f, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0], // service action 0Fh; LENGTH at bytes 6-9
  ],
  [
    { op: 'REPORT TARGET PORT GROUPS', format: 1, allocationLength: 0x0102_0304 },
    [0xa3, 0x2a, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0], // PARAMETER DATA FORMAT is bits 7-5 of byte 1
  ],
  [
    { op: 'SET TARGET PORT GROUPS', parameterListLength: 12 },
    [0xa4, 0x0a, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0],
  ],
  [
    { op: 'REPORT PRIORITY', priorityReported: 1, allocationLength: 0x0102_0304 },
    [0xa3, 0x0e, 0x40, 0, 0, 0, 1, 2, 3, 4, 0, 0],
  ],
  [
    { op: 'SET PRIORITY', nexusToSet: 2, parameterListLength: 32 },
    [0xa4, 0x0e, 0x80, 0, 0, 0, 0, 0, 0, 32, 0, 0],
  ],
  [{ op: 'SET TIMESTAMP', parameterListLength: 12 }, [0xa4, 0x0f, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0]],
  [
    { op: 'REPORT IDENTIFYING INFORMATION', informationType: 127, allocationLength: 0x0102 },
    [0xa3, 0x05, 0, 0, 0, 0, 0, 0, 1, 2, 0xfe, 0], // INFORMATION TYPE is bits 7-1 of byte 10
  ],
  [
    { op: 'SET IDENTIFYING INFORMATION', informationType: 2, parameterListLength: 64 },
    [0xa4, 0x06, 0, 0, 0, 0, 0, 0, 0, 64, 0x04, 0],
  ],
  [
    {
      op: 'SECURITY PROTOCOL IN',
      protocol: 0xef,
      protocolSpecific: 0x0102,
      increments: true,
      allocationLength: 0x0304,
    },
    [0xa2, 0xef, 1, 2, 0x80, 0, 0, 0, 3, 4, 0, 0], // INC_512 is bit 7 of byte 4
  ],
  [
    { op: 'SECURITY PROTOCOL OUT', protocol: 1, protocolSpecific: 2, parameterListLength: 512 },
    [0xb5, 0x01, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0], // TRANSFER LENGTH at bytes 6-9
  ],
  [
    { op: 'REQUEST SENSE', desc: true, allocationLength: 252 },
    [0x03, 0x01, 0, 0, 0xfc, 0], // DESC; ALLOCATION LENGTH at byte 4
  ],
  [
    { op: 'INQUIRY', evpd: true, pageCode: 0x83, allocationLength: 0x1234 },
    [0x12, 0x01, 0x83, 0x12, 0x34, 0], // EVPD; PAGE CODE; ALLOCATION LENGTH at bytes 3-4
  ],
  [
    { op: 'MODE SENSE', cdbLength: 6, dbd: true, pageControl: 1, pageCode: 8, allocationLength: 4 },
    [0x1a, 0x08, 0x48, 0, 0x04, 0], // DBD; PC 01b, page 08h
  ],
  [
    {
      op: 'MODE SENSE',
      cdbLength: 10,
      llbaa: true,
      pageControl: 3,
      pageCode: 0x3f,
      subpageCode: 0xff,
      allocationLength: 0x0200,
    },
    [0x5a, 0x10, 0xff, 0xff, 0, 0, 0, 0x02, 0x00, 0], // LLBAA; PC 11b, page 3Fh; subpage FFh
  ],
  [
    { op: 'MODE SELECT', cdbLength: 6, pageFormat: true, savePages: true, parameterListLength: 24 },
    [0x15, 0x11, 0, 0, 24, 0], // PF, SP; PARAMETER LIST LENGTH at byte 4
  ],
  [
    {
      op: 'MODE SELECT',
      cdbLength: 10,
      revertToDefaults: true,
      parameterListLength: 0x0102,
    },
    [0x55, 0x02, 0, 0, 0, 0, 0, 1, 2, 0], // RTD is bit 1
  ],
  [
    { op: 'PREVENT ALLOW MEDIUM REMOVAL', prevent: 1 },
    [0x1e, 0, 0, 0, 0x01, 0], // PREVENT is bits 1-0
  ],
  [
    {
      op: 'LOG SENSE',
      savePages: true,
      pageControl: 1,
      pageCode: 0x19,
      subpageCode: 0x20,
      parameterPointer: 0x0102,
      allocationLength: 0x0304,
    },
    [0x4d, 0x01, 0x59, 0x20, 0, 1, 2, 3, 4, 0], // SP; PC 01b, page 19h; POINTER at 5, LENGTH at 7
  ],
  [
    {
      op: 'LOG SELECT',
      parameterCodeReset: true,
      pageControl: 3,
      pageCode: 2,
      subpageCode: 0xff,
      parameterListLength: 0x0102,
    },
    [0x4c, 0x02, 0xc2, 0xff, 0, 0, 0, 1, 2, 0], // PCR is bit 1; PC 11b
  ],
  [{ op: 'READ CAPACITY(10)' }, [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  [
    { op: 'READ CAPACITY(16)', allocationLength: 32 },
    [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0], // SERVICE ACTION 10h; bytes 10-13
  ],
  [
    { op: 'READ', cdbLength: 6, lba: 0x1f_0203, blocks: 256 },
    [0x08, 0x1f, 0x02, 0x03, 0, 0], // 21-bit LBA; 0 means 256 blocks
  ],
  [
    { op: 'READ', cdbLength: 10, lba: 0x0102_0304, blocks: 0x0506, fua: true, groupNumber: 9 },
    [0x28, 0x08, 1, 2, 3, 4, 9, 5, 6, 0], // FUA is bit 3
  ],
  [
    { op: 'READ', cdbLength: 12, lba: 0xffff_ffff, blocks: 0x0102_0304, dpo: true },
    [0xa8, 0x10, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 0, 0], // DPO is bit 4
  ],
  [
    { op: 'READ', cdbLength: 16, lba: 2 ** 40 + 7, blocks: 8, protect: 5, naca: true },
    [0x88, 0xa0, 0, 0, 1, 0, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0x04], // RDPROTECT 101b; NACA is bit 2
  ],
  [
    { op: 'WRITE', cdbLength: 6, lba: 7, blocks: 1 },
    [0x0a, 0, 0, 7, 1, 0], //
  ],
  [{ op: 'WRITE', cdbLength: 10, lba: 7, blocks: 1 }, [0x2a, 0, 0, 0, 0, 7, 0, 0, 1, 0]],
  [{ op: 'WRITE', cdbLength: 12, lba: 7, blocks: 1 }, [0xaa, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0]],
  [
    { op: 'WRITE', cdbLength: 16, lba: 2 ** 53 - 1, blocks: 1, groupNumber: 0x3f },
    [0x8a, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0x3f, 0],
  ],
  [
    { op: 'SYNCHRONIZE CACHE', cdbLength: 10, immed: true, lba: 1, blocks: 2 },
    [0x35, 0x02, 0, 0, 0, 1, 0, 0, 2, 0], // IMMED is bit 1
  ],
  [
    { op: 'SYNCHRONIZE CACHE', cdbLength: 16, lba: 1, blocks: 2 },
    [0x91, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0],
  ],
  [
    { op: 'VERIFY', cdbLength: 10, lba: 7, blocks: 2, byteCheck: 1, dpo: true, protect: 3 },
    [0x2f, 0x72, 0, 0, 0, 7, 0, 0, 2, 0], // VRPROTECT 011b, DPO, BYTCHK 01b
  ],
  [
    { op: 'VERIFY', cdbLength: 12, lba: 7, blocks: 2, byteCheck: 3 },
    [0xaf, 0x06, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0], // BYTCHK 11b
  ],
  [
    { op: 'VERIFY', cdbLength: 16, lba: 2 ** 32, blocks: 2, groupNumber: 1 },
    [0x8f, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0],
  ],
  [
    { op: 'WRITE AND VERIFY', cdbLength: 10, lba: 7, blocks: 2, byteCheck: 1 },
    [0x2e, 0x02, 0, 0, 0, 7, 0, 0, 2, 0], // BYTCHK 01b
  ],
  [
    { op: 'WRITE AND VERIFY', cdbLength: 12, lba: 7, blocks: 2 },
    [0xae, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0],
  ],
  [
    { op: 'WRITE AND VERIFY', cdbLength: 16, lba: 7, blocks: 2, dpo: true },
    [0x8e, 0x10, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0], // DPO
  ],
  [
    { op: 'WRITE SAME', cdbLength: 10, lba: 7, blocks: 0x0102, unmap: true, anchor: true },
    [0x41, 0x18, 0, 0, 0, 7, 0, 1, 2, 0], // ANCHOR is bit 4, UNMAP bit 3
  ],
  [
    { op: 'WRITE SAME', cdbLength: 16, lba: 7, blocks: 0x0102_0304, noDataOut: true },
    [0x93, 0x01, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 0, 0], // NDOB is bit 0
  ],
  [
    { op: 'COMPARE AND WRITE', lba: 7, blocks: 255, fua: true },
    [0x89, 0x08, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 255, 0, 0], // FUA; NUMBER OF LOGICAL BLOCKS at 13
  ],
  [
    { op: 'ORWRITE', cdbLength: 16, lba: 7, blocks: 2, dpo: true, fua: true },
    [0x8b, 0x18, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0], // DPO, FUA
  ],
  [
    {
      op: 'READ',
      cdbLength: 32,
      lba: 2 ** 40 + 7,
      blocks: 0x0102_0304,
      protect: 5,
      fua: true,
      groupNumber: 9,
      expectedReferenceTag: 0x2122_2324,
      expectedApplicationTag: 0x2526,
      applicationTagMask: 0x2728,
      naca: true,
    },
    // NACA; GROUP NUMBER; ADDITIONAL CDB LENGTH; SERVICE ACTION; RDPROTECT 101b, FUA; LOGICAL BLOCK ADDRESS at byte 12; EXPECTED INITIAL LOGICAL BLOCK REFERENCE TAG at 20; EXPECTED LOGICAL BLOCK APPLICATION TAG at 24; MASK at 26; TRANSFER LENGTH at 28
    [
      0x7f, 0x04, 0, 0, 0, 0, 9, 0x18, 0, 0x09, 0xa8, 0, 0, 0, 1, 0, 0, 0, 0, 7, 0x21, 0x22, 0x23,
      0x24, 0x25, 0x26, 0x27, 0x28, 1, 2, 3, 4,
    ],
  ],
  [
    { op: 'WRITE', cdbLength: 32, lba: 7, blocks: 2, protect: 1, dpo: true },
    // WRPROTECT 001b, DPO
    [
      0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0, 0x0b, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0,
      0, 0, 0, 0, 2,
    ],
  ],
  [
    { op: 'VERIFY', cdbLength: 32, lba: 7, blocks: 2, byteCheck: 3, expectedReferenceTag: 7 },
    // BYTCHK 11b is bits 2-1
    [
      0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0, 0x0a, 0x06, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 7, 0, 0, 0,
      0, 0, 0, 0, 2,
    ],
  ],
  [
    { op: 'WRITE AND VERIFY', cdbLength: 32, lba: 7, blocks: 2, byteCheck: 1, dpo: true },
    // DPO, BYTCHK 01b
    [
      0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0, 0x0c, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0,
      0, 0, 0, 0, 2,
    ],
  ],
  [
    { op: 'WRITE SAME', cdbLength: 32, lba: 7, blocks: 2, unmap: true, noDataOut: true },
    // UNMAP is bit 3, NDOB bit 0
    [
      0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0, 0x0d, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0,
      0, 0, 0, 0, 2,
    ],
  ],
  [
    {
      op: 'ORWRITE',
      cdbLength: 32,
      bitmapOperation: 1,
      previousGenerationProcessing: 5,
      lba: 7,
      blocks: 2,
      expectedGeneration: 0x2122_2324,
      newGeneration: 0x2526_2728,
    },
    // BMOP; PREVIOUS GENERATION PROCESSING; LOGICAL BLOCK ADDRESS; EXPECTED ORWGENERATION at 20; NEW ORWGENERATION at 24; TRANSFER LENGTH
    [
      0x7f, 0, 0x01, 0x05, 0, 0, 0, 0x18, 0, 0x0e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0x21, 0x22, 0x23,
      0x24, 0x25, 0x26, 0x27, 0x28, 0, 0, 0, 2,
    ],
  ],
  [
    { op: 'GET LBA STATUS', cdbLength: 16, lba: 7, allocationLength: 24, reportType: 1 },
    [0x9e, 0x12, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 24, 1, 0], // SERVICE ACTION 12h
  ],
  [
    {
      op: 'READ DEFECT DATA',
      cdbLength: 10,
      primaryList: true,
      defectListFormat: 3,
      allocationLength: 4,
    },
    [0x37, 0, 0x13, 0, 0, 0, 0, 0, 4, 0], // REQ_PLIST is bit 4; long block format
  ],
  [
    {
      op: 'READ DEFECT DATA',
      cdbLength: 12,
      grownList: true,
      addressDescriptorIndex: 5,
      allocationLength: 8,
    },
    [0xb7, 0x08, 0, 0, 0, 5, 0, 0, 0, 8, 0, 0], // REQ_GLIST is bit 3
  ],
  [
    { op: 'WRITE ATOMIC', lba: 7, atomicBoundary: 16, blocks: 8, fua: true },
    [0x9c, 0x08, 0, 0, 0, 0, 0, 0, 0, 7, 0, 16, 0, 8, 0, 0], // ATOMIC BOUNDARY at 10, LENGTH at 12
  ],
  [
    {
      op: 'WRITE SCATTERED',
      cdbLength: 16,
      protect: 1,
      dpo: true,
      fua: true,
      dataOffset: 0x0102,
      ranges: 0x0304,
      blocks: 0x0506_0708,
      groupNumber: 9,
    },
    [0x9f, 0x12, 0x38, 0, 1, 2, 0, 0, 3, 4, 5, 6, 7, 8, 9, 0], // WRPROTECT, DPO, FUA at byte 2
  ],
  [
    {
      op: 'WRITE SCATTERED',
      cdbLength: 32,
      fua: true,
      dataOffset: 0x0102,
      ranges: 0x0304,
      blocks: 0x0506_0708,
      groupNumber: 9,
    },
    // GROUP NUMBER; ADDITIONAL CDB LENGTH; SERVICE ACTION; FUA; OFFSET at 12, NUMBER at 16
    [
      0x7f, 0, 0, 0, 0, 0, 9, 0x18, 0, 0x11, 0x08, 0, 1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      0, 5, 6, 7, 8,
    ],
  ],
  [
    {
      op: 'READ LONG',
      cdbLength: 10,
      physicalBlock: true,
      correct: true,
      lba: 7,
      byteTransferLength: 0x0102,
    },
    [0x3e, 0x06, 0, 0, 0, 7, 0, 1, 2, 0], // PBLOCK, CORRCT
  ],
  [
    { op: 'READ LONG', cdbLength: 16, correct: true, lba: 7, byteTransferLength: 0x0102 },
    [0x9e, 0x11, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 1, 2, 0x01, 0], // PBLOCK and CORRCT in byte 14
  ],
  [
    {
      op: 'WRITE LONG',
      cdbLength: 10,
      correctionDisabled: true,
      lba: 7,
      byteTransferLength: 0x0102,
    },
    [0x3f, 0x80, 0, 0, 0, 7, 0, 1, 2, 0],
  ],
  [
    { op: 'WRITE LONG', cdbLength: 16, writeUncorrectable: true, physicalBlock: true, lba: 7 },
    [0x9f, 0x71, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0], // WR_UNCOR, PBLOCK
  ],
  [
    { op: 'REASSIGN BLOCKS', longLba: true, longList: true },
    [0x07, 0x03, 0, 0, 0, 0], // LONGLBA is bit 1
  ],
  [
    {
      op: 'GET LBA STATUS',
      cdbLength: 32,
      reportType: 0x10,
      lba: 7,
      scanLength: 0x0102_0304,
      elementId: 0x0506_0708,
      allocationLength: 0x090a_0b0c,
    },
    // ADDITIONAL CDB LENGTH; SERVICE ACTION; REPORT TYPE at 10, LBA at 12, then three of 32 bits
    [
      0x7f, 0, 0, 0, 0, 0, 0, 0x18, 0, 0x12, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7,
      8, 9, 10, 11, 12,
    ],
  ],
  [
    { op: 'PRE-FETCH', cdbLength: 10, immed: true, lba: 7, blocks: 2 },
    [0x34, 0x02, 0, 0, 0, 7, 0, 0, 2, 0], // IMMED is bit 1
  ],
  [
    { op: 'PRE-FETCH', cdbLength: 16, lba: 7, blocks: 2, groupNumber: 3 },
    [0x90, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 2, 3, 0],
  ],
  [
    { op: 'UNMAP', anchor: true, groupNumber: 3, parameterListLength: 24 },
    [0x42, 0x01, 0, 0, 0, 0, 3, 0, 24, 0], // ANCHOR is bit 0
  ],
  [
    { op: 'REPORT LUNS', selectReport: 2, allocationLength: 0x0102_0304 },
    [0xa0, 0, 2, 0, 0, 0, 1, 2, 3, 4, 0, 0],
  ],
  [
    {
      op: 'REPORT SUPPORTED OPERATION CODES',
      rctd: true,
      reportingOptions: 2,
      requestedOperationCode: 0x9e,
      requestedServiceAction: 0x10,
      allocationLength: 512,
    },
    [0xa3, 0x0c, 0x82, 0x9e, 0, 0x10, 0, 0, 2, 0, 0, 0], // SERVICE ACTION 0Ch; RCTD, option 2
  ],
  [
    {
      op: 'REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS',
      repd: true,
      allocationLength: 16,
    },
    [0xa3, 0x0d, 0x80, 0, 0, 0, 0, 0, 0, 16, 0, 0], // SERVICE ACTION 0Dh; REPD
  ],
  [
    {
      op: 'FORMAT UNIT',
      protectionInformation: 2,
      longList: true,
      formatData: true,
      completeList: true,
      defectListFormat: 5,
      fastFormat: 1,
    },
    [0x04, 0xbd, 0, 0, 0x01, 0], // FMTPINFO 10b, LONGLIST, FMTDATA, CMPLST, format 101b; FFMT 01b
  ],
  [
    { op: 'SANITIZE, OVERWRITE', immed: true, parameterListLength: 0x0104 },
    [0x48, 0x81, 0, 0, 0, 0, 0, 1, 4, 0], // IMMED is bit 7; SERVICE ACTION 01h
  ],
  [
    { op: 'SANITIZE, BLOCK ERASE', zoneNoReset: true },
    [0x48, 0x42, 0, 0, 0, 0, 0, 0, 0, 0], // ZNR is bit 6; SERVICE ACTION 02h
  ],
  [
    { op: 'SANITIZE, CRYPTOGRAPHIC ERASE', allowUnrestrictedExit: true },
    [0x48, 0x23, 0, 0, 0, 0, 0, 0, 0, 0], // AUSE is bit 5; SERVICE ACTION 03h
  ],
  [
    { op: 'SANITIZE, EXIT FAILURE MODE' },
    [0x48, 0x1f, 0, 0, 0, 0, 0, 0, 0, 0], // SERVICE ACTION 1Fh
  ],
  [
    {
      op: 'START STOP UNIT',
      immed: true,
      powerConditionModifier: 2,
      powerCondition: 3,
      noFlush: true,
      loej: true,
      start: true,
    },
    [0x1b, 0x01, 0, 0x02, 0x37, 0], // POWER CONDITION 3h, NO_FLUSH, LOEJ, START
  ],
];

describe('CDBs as the standard has them', () => {
  for (const [request, cdb] of GOLDEN) {
    const name = 'cdbLength' in request ? `${request.op}(${request.cdbLength})` : request.op;
    it(`encodes ${name}`, () => {
      expect([...encodeCdb(request)]).toEqual(cdb);
    });
    it(`decodes ${name}`, () => {
      expect(decodeCdb(Uint8Array.from(cdb))).toMatchObject(request);
    });
  }
});
