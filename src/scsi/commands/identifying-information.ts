import {
  encodeIdentifyingInformation,
  encodeIdentifyingInformationTypes,
  INFORMATION_TYPE,
  REPORT_IDENTIFYING_INFORMATION_12,
  SET_IDENTIFYING_INFORMATION_12,
  type ReportIdentifyingInformation,
  type SetIdentifyingInformation,
} from '../../cdb/identifying-information.ts';
import { andThen } from '../../maybe-promise.ts';
import { DEVICE_IDENTIFIER_CHANGED, PARAMETER_LIST_LENGTH_ERROR } from '../../sense/codes.ts';
import { invalidField, invalidListField, type Command } from '../command.ts';
import { INFORMATION_TYPES, REPORTED_TYPES } from '../identifying-information.ts';
import { check, good, GOOD } from '../result.ts';

const typeOf = (informationType: number) =>
  INFORMATION_TYPES.find((each) => each.informationType === informationType);

/** REPORT IDENTIFYING INFORMATION (SPC). */
export const reportIdentifyingInformation: Command<ReportIdentifyingInformation> = {
  specs: [REPORT_IDENTIFYING_INFORMATION_12],
  reservation: 'allowed',
  passesAccessState: 'standby',
  run({ informationType }, context) {
    if (informationType === INFORMATION_TYPE.SUPPORTED)
      return good(encodeIdentifyingInformationTypes(REPORTED_TYPES));
    if (typeOf(informationType) === undefined) return invalidField(context, 'informationType');
    return good(encodeIdentifyingInformation(context.unit.information.get(informationType)));
  },
};

/** SET IDENTIFYING INFORMATION (SPC): there where a unit store makes it survive. The others are told. */
export const setIdentifyingInformation: Command<SetIdentifyingInformation> = {
  specs: [SET_IDENTIFYING_INFORMATION_12],
  supported: ({ memory }) => memory.durable,
  reservation: 'writes',
  passesAccessState: 'standby',
  run({ informationType, parameterListLength: length }, context) {
    const { unit, nexus } = context;
    const type = typeOf(informationType);
    if (type === undefined) return invalidField(context, 'informationType');
    if (length > type.maximumLength) return invalidField(context, 'parameterListLength');
    return andThen(context.dataOut(length), (bytes) => {
      if (bytes.length < length) return check(PARAMETER_LIST_LENGTH_ERROR);
      const wrong = informationType === INFORMATION_TYPE.TEXT ? wrongTextByte(bytes) : undefined;
      if (wrong !== undefined) return invalidListField(wrong);
      // The transport's buffer is not ours to keep.
      const value = bytes.slice();
      return andThen(unit.information.set(informationType, value, unit.memory), () => {
        unit.establish(DEVICE_IDENTIFIER_CHANGED, (other) => other !== nexus);
        return GOOD;
      });
    });
  },
};

/** Text is UTF-8 that ends with a null, its only one: the byte where it is not; no text at all is right. */
function wrongTextByte(bytes: Uint8Array): number | undefined {
  if (bytes.length === 0) return undefined;
  const end = bytes.indexOf(0);
  if (end !== bytes.length - 1) return end < 0 ? bytes.length - 1 : end;
  try {
    // Throws a URIError where the bytes are no UTF-8.
    decodeURIComponent(
      Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    );
    return undefined;
  } catch {
    return 0;
  }
}
