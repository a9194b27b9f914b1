import csv

print(list(csv.reader(open('data/countries.csv'))))
