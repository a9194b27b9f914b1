package Generate::Dockerfile;
1;
__DATA__
FROM perl
CMD ["app"]
