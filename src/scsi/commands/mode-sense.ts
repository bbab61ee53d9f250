import { MODE_SENSE_10, MODE_SENSE_6, type ModeSense } from '../../cdb/mode-sense.ts';
import { totalLength } from '../../bytes.ts';
import { blockDescriptorLength, modeHeaderLength } from '../../mode/header.ts';
import { encodeModeParameterList } from '../../mode/parameter-list.ts';
import { SAVING_PARAMETERS_NOT_SUPPORTED } from '../../sense/codes.ts';
import { invalidField, type Command, type Context } from '../command.ts';
import type { LogicalUnit } from '../logical-unit.ts';
import { modePagesOf, type UnitModePage } from '../mode-pages.ts';
import { seenThrough } from '../mode-parameters.ts';
import { check, good } from '../result.ts';

const ALL_PAGES = 0x3f;
const ALL_SUBPAGES = 0xff;
const CHANGEABLE = 1;
const DEFAULT = 2;
const SAVED = 3;

/** MODE SENSE (SPC). */
export const modeSense: Command<ModeSense> = {
  specs: [MODE_SENSE_6, MODE_SENSE_10],
  reservation: 'reads',
  passesAccessState: 'standby',
  run(request, context) {
    const { unit } = context;
    const { pageControl, pageCode, subpageCode, cdbLength } = request;
    if (pageControl === SAVED && !unit.memory.durable)
      return check(SAVING_PARAMETERS_NOT_SUPPORTED);
    const named = modePagesOf(unit.settings).filter(
      (page) => pageCode === ALL_PAGES || page.pageCode === pageCode,
    );
    if (named.length === 0) return invalidField(context, 'pageCode');
    const chosen = named.filter(
      ({ subpage }) => subpageCode === ALL_SUBPAGES || subpage === subpageCode,
    );
    // Of all pages there are those with subpage 0, or with all subpages, and no other choice.
    const reserved = pageCode === ALL_PAGES && subpageCode !== 0 && subpageCode !== ALL_SUBPAGES;
    if (chosen.length === 0 || reserved) return invalidField(context, 'subpageCode');
    const pages = chosen.map((page) => valuesOf(page, pageControl, context));
    const descriptor = request.dbd ? 0 : blockDescriptorLength(request.llbaa);
    const length = modeHeaderLength(cdbLength) + descriptor + totalLength(pages);
    // MODE DATA LENGTH counts the bytes behind it, and MODE SENSE(6) has one byte for that.
    if (cdbLength === 6 && length > 256) return invalidField(context, 'pageCode');
    return good(
      encodeModeParameterList(
        {
          mediumType: 0,
          writeProtected: unit.writeProtection !== undefined,
          dpoFua: true,
          longLba: request.llbaa,
          blockDescriptors: request.dbd ? [] : [blockDescriptor(unit)],
          pages,
        },
        cdbLength,
        'sense',
      ),
    );
  },
};

function blockDescriptor({ medium, readiness }: LogicalUnit): {
  readonly blocks: number;
  readonly blockLength: number;
} {
  return { blocks: readiness.loaded ? medium.blocks : 0, blockLength: medium.blockLength };
}

function valuesOf(
  page: UnitModePage,
  pageControl: number,
  { unit, nexus: { port } }: Context,
): Uint8Array {
  const { modeValues, memory } = unit;
  const options = { parametersSaveable: memory.durable };
  switch (pageControl) {
    case CHANGEABLE:
      return page.changeable(options);
    case DEFAULT:
      return page.encode(seenThrough(modeValues.defaults, port), options);
    case SAVED:
      return page.encode(seenThrough(modeValues.saved, port), options);
    default:
      return page.encode(seenThrough(modeValues.current, port), options);
  }
}
