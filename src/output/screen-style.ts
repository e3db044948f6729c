// The signs and colours of a screen, in listr2's terms.
import { styleText } from 'node:util'
import { ListrDefaultRendererLogLevels as Icon, type ListrDefaultRendererOptions } from 'listr2'

export const icons: NonNullable<ListrDefaultRendererOptions['icon']> = {
  [Icon.WAITING]: '·',
  [Icon.FAILED_WITH_FAILED_SUBTASKS]: '✖',
  [Icon.COMPLETED_WITH_FAILED_SUBTASKS]: '✔',
  [Icon.CANCELLED]: '‖',
}

type Colour = Parameters<typeof styleText>[0]

/** listr2's own colours ask whether stdout is a terminal; this screen is on stderr. */
const colours: { readonly [I in Icon]?: Colour } = {
  [Icon.PENDING]: 'yellow',
  [Icon.COMPLETED]: 'green',
  [Icon.FAILED]: 'red',
  [Icon.FAILED_WITH_FAILED_SUBTASKS]: 'red',
  [Icon.CANCELLED]: 'yellow',
  [Icon.WAITING]: 'dim',
}

export const colouring = (wanted: boolean): NonNullable<ListrDefaultRendererOptions['color']> =>
  Object.fromEntries(
    Object.values(Icon).map(icon => {
      const colour = wanted ? colours[icon] : undefined
      return [icon, (text = '') => (colour ? styleText(colour, text, { validateStream: false }) : text)]
    }),
  )
