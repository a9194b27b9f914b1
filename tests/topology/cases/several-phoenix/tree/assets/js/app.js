import topbar from 'topbar'
