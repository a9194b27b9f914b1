import 'shared'
