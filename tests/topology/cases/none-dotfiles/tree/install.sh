ln -s .vimrc ~
