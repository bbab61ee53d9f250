/**
 * What answers where no logical unit is (SPC: INQUIRY, REPORT LUNS and REQUEST SENSE do, anything
 * else is LOGICAL UNIT NOT SUPPORTED), and at the REPORT LUNS well known logical unit.
 */
import { truncateChunks } from '../bytes.ts';
import {
  controlByte,
  decodeCdb,
  findSpec,
  isUndecodable,
  type Inquiry,
  type Request,
} from '../cdb/index.ts';
import {
  INVALID_COMMAND_OPERATION_CODE,
  INVALID_FIELD_IN_CDB,
  LOGICAL_UNIT_NOT_SUPPORTED,
  NO_SENSE,
} from '../sense/codes.ts';
import { encodeSense } from '../sense/encode.ts';
import { DEVICE_IDENTIFICATION, encodeDeviceIdentification } from '../vpd/device-identification.ts';
import type { PageHeader } from '../vpd/page-header.ts';
import { encodeStandardInquiry } from '../vpd/standard-inquiry.ts';
import { encodeSupportedPages } from '../vpd/supported-pages.ts';
import { lunReport } from './commands/report-luns.ts';
import { resultOfUndecodable } from './failure.ts';
import { REPORT_LUNS_WELL_KNOWN } from './lun.ts';
import type { Nexus } from './nexus.ts';
import { check, GOOD, good, type Result } from './result.ts';
import type { TargetPort } from './target-port.ts';
import type { Response, Task } from './task.ts';

/** PERIPHERAL QUALIFIER 011b with device type 1Fh: no unit can be here. */
const MISSING: PageHeader = { peripheralQualifier: 3, deviceType: 0x1f };
const WELL_KNOWN: PageHeader = { peripheralQualifier: 0, deviceType: 0x1e };

/** The commands that have an answer without a unit, and one that only a well known unit has. */
const ANSWERED: ReadonlySet<string> = new Set(['INQUIRY', 'REPORT LUNS', 'REQUEST SENSE']);
const WELL_KNOWN_ONLY = 'TEST UNIT READY';

/** Executes a command at a LUN that no logical unit has. */
export function executeWithoutUnit(nexus: Nexus, task: Task): Response {
  const { status, dataIn, sense } = execute(nexus, task);
  return sense === undefined
    ? { status, dataIn, dataOutLength: 0 }
    : { status, dataIn, dataOutLength: 0, sense: encodeSense(sense, 'fixed') };
}

function execute(nexus: Nexus, { lun, cdb }: Task): Result {
  const wellKnown = lun === REPORT_LUNS_WELL_KNOWN;
  const spec = findSpec(cdb);
  if (isUndecodable(spec) || !(ANSWERED.has(spec.op) || (wellKnown && spec.op === WELL_KNOWN_ONLY)))
    return wellKnown
      ? check(INVALID_COMMAND_OPERATION_CODE, { fieldPointer: { in: 'cdb', byte: 0 } })
      : check(LOGICAL_UNIT_NOT_SUPPORTED);
  const request = decodeCdb(cdb);
  if (isUndecodable(request)) return resultOfUndecodable(request);
  if (request.naca)
    return resultOfUndecodable({ at: { in: 'cdb', byte: controlByte(spec), bit: 2 } });
  const result = answer(nexus, request, wellKnown);
  return 'allocationLength' in request
    ? { ...result, dataIn: truncateChunks(result.dataIn, request.allocationLength) }
    : result;
}

function answer(nexus: Nexus, request: Request, wellKnown: boolean): Result {
  switch (request.op) {
    case 'INQUIRY':
      return inquiry(request, wellKnown ? WELL_KNOWN : MISSING, wellKnown ? nexus.port : undefined);
    case 'REPORT LUNS': {
      const report = lunReport(nexus, request.selectReport);
      return report === undefined ? invalidByte(2) : good(report);
    }
    case 'REQUEST SENSE': {
      const sense = wellKnown ? NO_SENSE : LOGICAL_UNIT_NOT_SUPPORTED;
      return good(encodeSense(sense, request.desc ? 'descriptor' : 'fixed'));
    }
    default:
      return GOOD;
  }
}

/** @param port - of a well known logical unit, whose Device Identification page names port and device. */
function inquiry(
  { evpd, pageCode }: Inquiry,
  header: PageHeader,
  port: TargetPort | undefined,
): Result {
  if (evpd && port !== undefined && pageCode === DEVICE_IDENTIFICATION)
    return good(encodeDeviceIdentification({ ...header, designators: port.designators }));
  if (pageCode !== 0) return invalidByte(2);
  if (evpd) {
    const pages = port === undefined ? [0] : [0, DEVICE_IDENTIFICATION];
    return good(encodeSupportedPages({ ...header, pages }));
  }
  const blanks = { vendor: '', product: '', revision: '' };
  return good(encodeStandardInquiry({ ...header, ...blanks, version: 6, responseDataFormat: 2 }));
}

const invalidByte = (byte: number): Result =>
  check(INVALID_FIELD_IN_CDB, { fieldPointer: { in: 'cdb', byte } });
