import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as sense from '../../src/sense/index.ts';
import { additionalSenseText, senseKeyText } from '../../src/sense/text.ts';

const conditions = Object.entries(sense).filter(
  (entry): entry is [string, sense.SenseCondition] =>
    typeof entry[1] === 'object' && entry[0] !== 'SENSE_KEY',
);

/** The constants whose names are shorter than T10's, or not T10's at all. */
const SHORTER: Readonly<Record<string, string>> = {
  NO_SENSE: 'NO ADDITIONAL SENSE INFORMATION',
  ABORTED_COMMAND: 'NO ADDITIONAL SENSE INFORMATION',
  LBA_OUT_OF_RANGE: 'LOGICAL BLOCK ADDRESS OUT OF RANGE',
  MISCOMPARE: 'MISCOMPARE DURING VERIFY OPERATION',
  NOT_READY_TO_READY_CHANGE: 'NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED',
};

test.each(conditions)('%s bears the name that T10 gave its code', (name, { asc, ascq }) => {
  const text = additionalSenseText(asc, ascq) ?? 'no name';
  if (name in SHORTER) expect(text).toBe(SHORTER[name]);
  else expect(name).toBe(text.replaceAll(/[^A-Z0-9]+/g, '_').replace(/_$/, ''));
});

test('no two constants are the same condition', () => {
  const triples = conditions.map(([, { key, asc, ascq }]) => [key, asc, ascq].join('/'));
  expect(new Set(triples).size).toBe(triples.length);
});

test.each([
  ['INVALID_COMMAND_OPERATION_CODE', 0x5, 0x20, 0x00],
  ['INVALID_FIELD_IN_CDB', 0x5, 0x24, 0x00],
  ['INVALID_FIELD_IN_PARAMETER_LIST', 0x5, 0x26, 0x00],
  ['PARAMETER_LIST_LENGTH_ERROR', 0x5, 0x1a, 0x00],
  ['LBA_OUT_OF_RANGE', 0x5, 0x21, 0x00],
  ['LOGICAL_UNIT_NOT_SUPPORTED', 0x5, 0x25, 0x00],
  ['SAVING_PARAMETERS_NOT_SUPPORTED', 0x5, 0x39, 0x00],
  ['MEDIUM_REMOVAL_PREVENTED', 0x5, 0x53, 0x02],
  ['INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT', 0x5, 0x0e, 0x03],
  ['WRITE_PROTECTED', 0x7, 0x27, 0x00],
  ['LOGICAL_UNIT_SOFTWARE_WRITE_PROTECTED', 0x7, 0x27, 0x02],
  ['SPACE_ALLOCATION_FAILED_WRITE_PROTECT', 0x7, 0x27, 0x07],
  ['MEDIUM_NOT_PRESENT', 0x2, 0x3a, 0x00],
  ['LOGICAL_UNIT_NOT_READY_INITIALIZING_COMMAND_REQUIRED', 0x2, 0x04, 0x02],
  ['LOGICAL_UNIT_NOT_READY_SANITIZE_IN_PROGRESS', 0x2, 0x04, 0x1b],
  ['UNRECOVERED_READ_ERROR', 0x3, 0x11, 0x00],
  ['WRITE_ERROR', 0x3, 0x0c, 0x00],
  ['INTERNAL_TARGET_FAILURE', 0x4, 0x44, 0x00],
  ['TIMEOUT_ON_LOGICAL_UNIT', 0x4, 0x3e, 0x02],
  ['MISCOMPARE', 0xe, 0x1d, 0x00],
  ['POWER_ON_RESET_OR_BUS_DEVICE_RESET_OCCURRED', 0x6, 0x29, 0x00],
  ['I_T_NEXUS_LOSS_OCCURRED', 0x6, 0x29, 0x07],
  ['NOT_READY_TO_READY_CHANGE', 0x6, 0x28, 0x00],
  ['MODE_PARAMETERS_CHANGED', 0x6, 0x2a, 0x01],
  ['CAPACITY_DATA_HAS_CHANGED', 0x6, 0x2a, 0x09],
  ['COMMANDS_CLEARED_BY_ANOTHER_INITIATOR', 0x6, 0x2f, 0x00],
  ['REPORTED_LUNS_DATA_HAS_CHANGED', 0x6, 0x3f, 0x0e],
  ['OVERLAPPED_COMMANDS_ATTEMPTED', 0xb, 0x4e, 0x00],
] as const)('%s is %s/%s/%s', (name, key, asc, ascq) => {
  expect(Object.fromEntries(conditions)[name]).toEqual({ key, asc, ascq });
});

test('a sense key is called what SENSE_KEY calls it', () => {
  for (const [name, key] of Object.entries(sense.SENSE_KEY))
    expect(senseKeyText(key)).toBe(name.replaceAll('_', ' '));
});

test('the device does not load the names of the codes', () => {
  for (const file of ['index', 'codes', 'encode', 'decode'])
    expect(
      readFileSync(new URL(`../../src/sense/${file}.ts`, import.meta.url), 'utf8'),
    ).not.toMatch(/from '.*(text|additional-sense-codes)\.ts'/);
});
