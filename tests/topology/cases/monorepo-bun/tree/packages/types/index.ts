export type Track = { id: string }
