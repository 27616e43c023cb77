import type { Drawing } from './icon.ts'

export const clockIcon: Drawing = [
  'clock',
  'M3.2 10a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0 -13.6 0z M10 6v4.3l3 1.8'
]
export const userIcon: Drawing = [
  'user',
  'M7 7a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z M4 16.5c.6-3.4 3-5 6-5s5.4 1.6 6 5'
]
export const searchIcon: Drawing = ['search', 'M3.8 9a5.2 5.2 0 1 0 10.4 0a5.2 5.2 0 1 0 -10.4 0z M13 13l4 4']
export const linkIcon: Drawing = [
  'link',
  'M2.3 10a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0 -4.4 0z M13.3 10a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0 -4.4 0z M6.7 10h6.6'
]
export const refreshIcon: Drawing = ['refresh', 'M16.5 10a6.5 6.5 0 1 1-2-4.7M16.5 3v3.5H13']
export const plusIcon: Drawing = ['plus', 'M10 4v12M4 10h12']
export const dotsIcon: Drawing = ['dots', 'M4.5 10h.01M10 10h.01M15.5 10h.01']
export const upIcon: Drawing = ['up', 'M10 16V4M5 9l5-5 5 5']
export const downarrowIcon: Drawing = ['downarrow', 'M10 4v12M5 11l5 5 5-5']
export const lockIcon: Drawing = ['lock', 'M4.5 9h11v8h-11zM7 9V6.5a3 3 0 0 1 6 0V9']
export const inIcon: Drawing = ['in', 'M16 4L5 15M5 8v7h7']
export const outIcon: Drawing = ['out', 'M4 16L15 5M8 5h7v7']
export const listIcon: Drawing = ['list', 'M7 5h10M7 10h10M7 15h10M3.5 5h.01M3.5 10h.01M3.5 15h.01']
export const rightIcon: Drawing = ['right', 'M8 5l5 5-5 5']
