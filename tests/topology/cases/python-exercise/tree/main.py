name = input("Name? ")
print("Hello", name)
