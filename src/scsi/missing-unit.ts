/**
 * What answers where no logical unit is (SPC: INQUIRY, REPORT LUNS and REQUEST SENSE do, anything
 * else is LOGICAL UNIT NOT SUPPORTED), and at the REPORT LUNS well known logical unit.
 */
import { truncateChunks } from '../bytes.ts';
import { decodeCdb, isUndecodable, type Inquiry, type Request } from '../cdb/index.ts';
import {
  INVALID_COMMAND_OPERATION_CODE,
  INVALID_FIELD_IN_CDB,
  LOGICAL_UNIT_NOT_SUPPORTED,
  NO_SENSE,
} from '../sense/codes.ts';
import { encodeSense } from '../sense/encode.ts';
import type { PageHeader } from '../vpd/page-header.ts';
import { encodeStandardInquiry } from '../vpd/standard-inquiry.ts';
import { encodeSupportedPages } from '../vpd/supported-pages.ts';
import { lunReport } from './commands/report-luns.ts';
import { REPORT_LUNS_WELL_KNOWN } from './lun.ts';
import type { Nexus } from './nexus.ts';
import { check, GOOD, good, type Result } from './result.ts';
import type { Response, Task } from './task.ts';

/** PERIPHERAL QUALIFIER 011b with device type 1Fh: no unit can be here. */
const MISSING: PageHeader = { peripheralQualifier: 3, deviceType: 0x1f };
const WELL_KNOWN: PageHeader = { peripheralQualifier: 0, deviceType: 0x1e };

/** Executes a command at a LUN that no logical unit has. */
export function executeWithoutUnit(nexus: Nexus, task: Task): Response {
  const wellKnown = task.lun === REPORT_LUNS_WELL_KNOWN;
  const request = decodeCdb(task.cdb);
  const result = isUndecodable(request)
    ? check(wellKnown ? INVALID_COMMAND_OPERATION_CODE : LOGICAL_UNIT_NOT_SUPPORTED)
    : answer(nexus, request, wellKnown);
  const dataIn =
    'allocationLength' in request
      ? truncateChunks(result.dataIn, request.allocationLength)
      : result.dataIn;
  const { status, sense } = result;
  return sense === undefined
    ? { status, dataIn, dataOutLength: 0 }
    : { status, dataIn, dataOutLength: 0, sense: encodeSense(sense, 'fixed') };
}

function answer(nexus: Nexus, request: Request, wellKnown: boolean): Result {
  switch (request.op) {
    case 'INQUIRY':
      return inquiry(request, wellKnown ? WELL_KNOWN : MISSING);
    case 'REPORT LUNS': {
      const report = lunReport(nexus, request.selectReport);
      return report === undefined ? invalidByte(2) : good(report);
    }
    case 'REQUEST SENSE': {
      const sense = wellKnown ? NO_SENSE : LOGICAL_UNIT_NOT_SUPPORTED;
      return good(encodeSense(sense, request.desc ? 'descriptor' : 'fixed'));
    }
    case 'TEST UNIT READY':
      return wellKnown ? GOOD : check(LOGICAL_UNIT_NOT_SUPPORTED);
    default:
      return check(wellKnown ? INVALID_COMMAND_OPERATION_CODE : LOGICAL_UNIT_NOT_SUPPORTED);
  }
}

function inquiry({ evpd, pageCode }: Inquiry, header: PageHeader): Result {
  if (pageCode !== 0) return invalidByte(2);
  if (evpd) return good(encodeSupportedPages({ ...header, pages: [0] }));
  return good(encodeStandardInquiry({ ...header, version: 6, responseDataFormat: 2 }));
}

const invalidByte = (byte: number): Result =>
  check(INVALID_FIELD_IN_CDB, { fieldPointer: { in: 'cdb', byte } });
