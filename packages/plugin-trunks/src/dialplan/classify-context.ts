import { numberingPlan, premiumCodes, satelliteCodes, sharedCodes } from '@evscallpro/core'

/**
 * Contexts that find the class of what a phone of this country has dialled: `evs-classify-CC` sets EVS_E (E.164 digits) and
 * EVS_CLASS, as core's `classifyNumber` would. The expressions are the numbering plan's own.
 */
export function classifyContext(country: string): string {
  const { callingCode, internationalPrefix, nationalPrefix, classes } = numberingPlan(country)
  const idd = internationalPrefix ?? '00'
  const codeLength = callingCode.length
  const jump = (prefix: string, label: string): string =>
    ` same => n,GotoIf($["\${EVS_D:0:${prefix.length}}" = "${prefix}"]?${label})\n`
  const take = (label: string, value: string): string =>
    ` same => n(${label}),Set(EVS_E=${value})\n same => n,Goto(kind)\n`
  // The first class that fits is the number's, so it is set last.
  const own = classes
    .toReversed()
    .map(([name, pattern]) => ` same => n,ExecIf(\${REGEX("${pattern}" \${EVS_N})}?Set(EVS_CLASS=${name}))\n`)
    .join('')
  const shared = sharedCodes.has(callingCode)
    ? ` same => n,ExecIf($["\${EVS_CLASS}" = "other" & \${LEN(\${EVS_N})} > 6]?Set(EVS_CLASS=international))\n`
    : ''
  return (
    `[evs-classify-${country}]\n` +
    `exten => s,1,Set(EVS_D=\${FILTER(+0-9,\${ARG1})})\n` +
    ` same => n,GotoIf($["\${EVS_D}" != "\${ARG1}"]?out)\n` +
    jump('+', 'plus') +
    jump(idd, 'abroad') +
    (nationalPrefix === null ? '' : jump(nationalPrefix, 'home')) +
    ` same => n,Set(EVS_E=${callingCode}\${EVS_D})\n` +
    ` same => n,Gosub(evs-kind-${country},s,1)\n` +
    ` same => n,GotoIf($["\${EVS_CLASS}" != "other"]?out)\n` +
    take('bare', `\${EVS_D}`) +
    take('plus', `\${EVS_D:1}`) +
    take('abroad', `\${EVS_D:${idd.length}}`) +
    (nationalPrefix === null ? '' : take('home', `${callingCode}\${EVS_D:${nationalPrefix.length}}`)) +
    ` same => n(kind),Gosub(evs-kind-${country},s,1)\n` +
    ` same => n(out),Return()\n` +
    `[evs-kind-${country}]\n` +
    `exten => s,1,Set(EVS_CLASS=other)\n` +
    ` same => n,GotoIf($["\${EVS_E:0:${codeLength}}" = "${callingCode}"]?own)\n` +
    ` same => n,ExecIf(\${REGEX("^[1-9][0-9]{6,14}$" \${EVS_E})}?Set(EVS_CLASS=international))\n` +
    ` same => n,ExecIf(\${REGEX("^(${satelliteCodes.join('|')})" \${EVS_E})}?Set(EVS_CLASS=satellite))\n` +
    ` same => n,ExecIf(\${REGEX("^(${premiumCodes.join('|')})" \${EVS_E})}?Set(EVS_CLASS=premium))\n` +
    ` same => n,Return()\n` +
    ` same => n(own),Set(EVS_N=\${EVS_E:${codeLength}})\n` +
    own +
    shared +
    ` same => n,Return()\n`
  )
}
