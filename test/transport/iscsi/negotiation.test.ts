import { describe, expect, test } from 'vitest';
import { answerKey, operationalParameters } from '../../../src/transport/iscsi/negotiation.ts';

const wishes = {
  MaxBurstLength: 1_048_576,
  FirstBurstLength: 262_144,
  MaxOutstandingR2T: 8,
  InitialR2T: false,
  ImmediateData: true,
  DefaultTime2Wait: 0,
  DefaultTime2Retain: 0,
};

describe('keys', () => {
  test.each([
    // key, offer, answer, value
    ['HeaderDigest', 'CRC32C,None', 'None', 'None'],
    ['HeaderDigest', 'None,CRC32C', 'None', 'None'],
    ['DataDigest', 'CRC32C', 'Reject', undefined],
    ['AuthMethod', 'CHAP,None', 'None', 'None'],
    ['AuthMethod', 'CHAP', 'Reject', undefined],
    ['InitialR2T', 'No', 'No', false],
    ['InitialR2T', 'Yes', 'Yes', true],
    ['InitialR2T', 'yes', 'Reject', undefined],
    ['ImmediateData', 'Yes', 'Yes', true],
    ['ImmediateData', 'No', 'No', false],
    ['DataPDUInOrder', 'No', 'Yes', true],
    ['DataSequenceInOrder', 'No', 'Yes', true],
    ['MaxBurstLength', '262144', '262144', 262_144],
    ['MaxBurstLength', '16777215', '1048576', 1_048_576],
    ['MaxBurstLength', '0x1000', '4096', 4096],
    ['MaxBurstLength', '511', 'Reject', undefined],
    ['MaxBurstLength', '16777216', 'Reject', undefined],
    ['MaxBurstLength', '1e4', 'Reject', undefined],
    ['MaxBurstLength', '', 'Reject', undefined],
    ['FirstBurstLength', '65536', '65536', 65_536],
    ['MaxConnections', '8', '1', 1],
    ['MaxConnections', '0', 'Reject', undefined],
    ['MaxOutstandingR2T', '16', '8', 8],
    ['ErrorRecoveryLevel', '2', '0', 0],
    ['ErrorRecoveryLevel', '3', 'Reject', undefined],
    ['DefaultTime2Wait', '2', '2', 2],
    ['DefaultTime2Retain', '20', '0', 0],
    ['IFMarker', 'Yes', 'No', false],
    ['OFMarker', 'No', 'No', false],
    ['TaskReporting', 'FastAbort,RFC3720', 'RFC3720', 'RFC3720'],
    ['iSCSIProtocolLevel', '2', '1', 1],
    ['MaxRecvDataSegmentLength', '65536', undefined, 65_536],
    ['MaxRecvDataSegmentLength', '511', 'Reject', undefined],
    ['InitiatorAlias', 'me', undefined, 'me'],
    ['TargetAlias', 'you', 'Reject', undefined],
    ['SendTargets', 'All', 'Reject', undefined],
    ['X-com.example.feature', 'Yes', 'NotUnderstood', undefined],
    ['toString', 'Yes', 'NotUnderstood', undefined],
  ] as const)('%s=%s is answered with %s', (name, offer, answer, value) => {
    const result = answerKey(name, offer, wishes, { discovery: false });
    expect([result.answer, result.value]).toEqual([answer, value]);
  });

  test.each(['InitialR2T', 'ImmediateData', 'MaxBurstLength', 'MaxConnections', 'DataPDUInOrder'])(
    '%s has no meaning in a discovery session',
    (name) => {
      expect(answerKey(name, 'Yes', wishes, { discovery: true })).toEqual({ answer: 'Irrelevant' });
    },
  );

  test('what nobody named keeps the default of RFC 7143', () => {
    expect(operationalParameters(new Map())).toEqual({
      maxSendDataSegmentLength: 8192,
      maxBurstLength: 262_144,
      firstBurstLength: 65_536,
      initialR2T: true,
      immediateData: true,
      maxOutstandingR2T: 1,
      maxConnections: 1,
      errorRecoveryLevel: 0,
      defaultTime2Wait: 2,
      defaultTime2Retain: 20,
      protocolLevel: 1,
      headerDigest: 'None',
      dataDigest: 'None',
    });
  });

  test('the first burst is never longer than a burst', () => {
    const agreed = new Map([['MaxBurstLength', 4096]]);
    expect(operationalParameters(agreed).firstBurstLength).toBe(4096);
  });
});
