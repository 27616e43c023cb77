#!/usr/bin/env node
import { coreDomain, runCommand } from '@evscallpro/core'
import { ami } from '@evscallpro/plugin-ami'
import { extensions } from '@evscallpro/plugin-extensions'
import { quotas } from '@evscallpro/plugin-quotas'
import { trunks } from '@evscallpro/plugin-trunks'

// Commands are read from the manifests; nothing is set up, so the plugins need no settings here.
process.exitCode = await runCommand(
  [coreDomain(), ami(), quotas(), extensions(), trunks()],
  process.argv.slice(2),
  {
    out: line => process.stdout.write(`${line}\n`),
    err: line => process.stderr.write(`${line}\n`)
  }
)
